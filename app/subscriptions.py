"""What to subscribe to: every topic that the site uses, each by one pattern, and none that would bring our own commands back.

`dc/+/+/+/+` would do for readings and match half of what a hall says besides; a message that two patterns match comes twice. So patterns
name hall and zone.
"""

import re
from collections.abc import Iterable
from typing import Final

from ..config.model import Site

_NAME: Final = re.compile(r"\{[a-z_]+\}")


def base(site: Site) -> str:
    """Hotzone's own topic."""
    return filled(site.topics.base, site=site.name)


def confirmed_topic(site: Site, hall: str, gateway: str) -> str:
    """Where a gateway hears which of its readings are safe."""
    return f"{base(site)}/confirmed/{hall}/{gateway}"


def subscriptions(site: Site) -> list[str]:
    """The patterns for readings, gateways and their packs, units, notes and the hall's clock."""
    topics = site.topics
    patterns: list[str] = []
    for zone in site.zones:
        patterns.append(filled(topics.reading, site=site.name, hall=zone.hall, zone=zone.id))
        patterns.append(filled(topics.gateway, site=site.name, hall=zone.hall, zone=zone.id))
        patterns.append(filled(topics.pack, site=site.name, hall=zone.hall, zone=zone.id))
    patterns += [topic for unit in site.units for topic in (unit.report_topic, unit.state_topic)]
    patterns = without_covered(patterns)
    # Nearly every thermometer publishes where its zone's do: to ask every pattern takes minutes where there are 100,000.
    usual = {zone.id: filled(topics.reading, site=site.name, hall=zone.hall, zone=zone.id) for zone in site.zones}
    apart = [sensor.topic for sensor in site.sensors if not matches(usual[sensor.zone], sensor.topic)]
    patterns += [topic for topic in apart if not any(matches(pattern, topic) for pattern in patterns)]
    return [*dict.fromkeys(patterns), f"{base(site)}/note", f"{base(site)}/clock"]


def filled(template: str, **names: str) -> str:
    """A template with these names in it, and `+` for the others."""
    for name, value in names.items():
        template = template.replace(f"{{{name}}}", value)
    return _NAME.sub("+", template)


def without_covered(patterns: Iterable[str]) -> list[str]:
    """The patterns, without those of which another one takes everything: a message that two of them match would come twice."""
    unique = list(dict.fromkeys(patterns))
    return [pattern for pattern in unique if not any(other != pattern and matches(other, pattern) for other in unique)]


def matches(pattern: str, topic: str) -> bool:
    """Whether the pattern, with `+` for a level and `#` for the rest, takes the topic, or all that another pattern takes."""
    ours, theirs = pattern.split("/"), topic.split("/")
    if theirs[0].startswith("$") and ours[0] in {"+", "#"}:
        return False  # what belongs to the broker is asked for by name
    if ours[-1] == "#":
        ours, theirs = ours[:-1], theirs[: len(ours) - 1]
    return len(ours) == len(theirs) and all(one == other or (one == "+" and other != "#") for one, other in zip(ours, theirs, strict=True))
