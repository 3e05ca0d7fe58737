"""What `hotzone handlers` does."""

import asyncio
import time
from collections.abc import Callable

from ..config.model import Site
from ..config.problems import ConfigError, Problem, join
from ..config.redaction import redacted
from ..config.units import SECOND
from ..handlers.calls import Caller
from ..handlers.contract import Context
from ..handlers.discovery import Found, by_receiver, discover
from ..handlers.sample import sample
from ..pipeline import Event, journal_line
from .errors import UserError
from .sites import site_named

_DEFAULT = "demo"
_CLOSING_S = 1.0


def usable(site: Site) -> list[Found]:
    """Every handler of the site. What is broken of itself is among them; options that the site file gets wrong are told all at once.

    Raises:
        ConfigError: by file and key.
    """
    found = discover(site)
    if problems := [problem for one in found for problem in one.problems]:
        raise ConfigError(problems)
    return found


def checked(name: str) -> Site:
    """The site, good in all its parts.

    Raises:
        ConfigError: everything that is wrong with it and with its handlers.
        UserError: there is no such site.
    """
    wrong: list[Problem] = []
    try:
        site = site_named(name)
    except ConfigError as error:
        if error.site is None:
            raise
        site, wrong = error.site, list(error.problems)
    told = [problem.key for problem in wrong]
    for one in discover(site):
        key = join("handlers", one.name)
        if not any(place.startswith(key) for place in told):  # half of its table is no ground to judge the rest by
            wrong += [problem._replace(file=name) for problem in one.problems or _own_fault(one, key)]
    if wrong:
        raise ConfigError(wrong)
    return site


def _own_fault(one: Found, key: str) -> list[Problem]:
    if one.trouble is None:
        return []
    place = key if one.origin.startswith("site file") else one.origin
    return [Problem(one.config.file, place, redacted(one.trouble), "a handler that can be loaded")]


def listed(site: str | None) -> list[str]:
    """A line for each handler: its name, what it hears, where it is from; then why some cannot be used. Raises ConfigError."""
    found = discover(_site(site))
    rows = [(one.name, _hears(one), one.origin) for one in found]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(2)]
    lines = [f"{name:<{widths[0]}}  {hears:<{widths[1]}}  {origin}" for name, hears, origin in rows]
    for one in found:
        if one.problems:
            lines += ["", str(ConfigError(one.problems))]
        elif one.trouble is not None:
            lines += ["", redacted(f"{one.name}: {one.trouble}")]
    return lines


def tried(name: str, site: str | None) -> str:
    """Send the handler a sample; what came of it. Raises UserError, ConfigError."""
    where = _site(site)
    known = {one.name: one for one in discover(where)}
    one = known.get(name)
    if one is None:
        msg = f"no handler {name!r}; there are {', '.join(known) or 'none'}"
        raise UserError(msg)
    if one.trouble is not None:
        msg = f"{name} ({one.origin}): {one.trouble}"
        raise UserError(msg)
    if one.subscription is None:
        msg = f"{name} is not told of events ({one.origin})"
        raise UserError(msg)
    event = sample(where, one.subscription, time.time_ns())
    outcomes = [asyncio.run(_outcome(part, event, where)) for part in by_receiver([one])]
    if failures := [line for lines, failed in outcomes if failed for line in lines]:
        raise UserError("\n".join(failures))
    return "\n".join([journal_line(event).decode(), *(line for lines, _ in outcomes for line in lines)])


async def _outcome(one: Found, event: Event, site: Site) -> tuple[list[str], bool]:
    """What came of telling it, in lines, and whether it failed."""
    asked: list[str] = []

    def request(zone: str, at_least: float, _until: int, _handler: str) -> None:
        asked.append(f"it asked for {at_least:g} % in {zone}; not sent")

    caller = Caller(one.name, one.target, _context(one, site, request), one.config.timeout / SECOND)
    began = time.monotonic()
    try:
        await caller.call(event)
    except Exception as error:  # noqa: BLE001  a handler raises what it likes
        return [f"{one.name} failed: {type(error).__name__}: {error}"], True
    finally:
        await caller.finish(_CLOSING_S)
    took = f"{one.name} took it in {(time.monotonic() - began) * 1000:.0f} ms"
    more = ["what it does in the background, beside being told, was not tried"] if caller.works else []
    return [*asked, took, *more], False


def _context(one: Found, site: Site, request: Callable[[str, float, int, str], None]) -> Context:
    return Context(one.name, site, one.config.options, request, timeout_s=one.config.timeout / SECOND)


def _site(name: str | None) -> Site:
    return site_named(name or _DEFAULT, secrets=name is not None)


def _hears(one: Found) -> str:
    if one.trouble is not None:
        return "unusable, see below"
    if one.drives:
        return "carries out commands"
    if one.subscription is None:
        return "installed, not in use"
    parts = [one.subscription.events or "", f"alarms from {one.subscription.min_priority} up" if one.subscription.alarms else ""]
    return ", ".join(part for part in parts if part)
