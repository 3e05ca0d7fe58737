"""The access list as Mosquitto reads it: `acl_file`, where what is not allowed is forbidden."""

from collections.abc import Iterable, Iterator

from .roles import Identity, Role

_WHAT = {
    Role.HOTZONE: "hotzone itself",
    Role.OPERATOR: "hears everything, says nothing",
    Role.SIMULATION: "a simulated hall's clock: not for use, as whoever sets the clock decides what is late",
    Role.GATEWAY: "a gateway: its state, and the readings of its thermometers",
    Role.UNIT: "a cooling unit: its reports, and the commands for it",
}


def access_list(site: str, identities: Iterable[Identity]) -> str:
    """The text of the file."""
    lines = [
        f"# Who may say and hear what at the broker of the site {site}. `hotzone acl` wrote this; have it written anew when the site changes.",
        "# A user is the common name of a certificate. Who is not here may do nothing; what is not here is forbidden.",
        "",
    ]
    for identity in identities:
        lines += [f"# {_WHAT[identity.role]}", f"user {identity.name}", *_rules(identity), ""]
    return "\n".join(lines)


def _rules(identity: Identity) -> Iterator[str]:
    both = set(identity.reads) & set(identity.writes)
    for topic in identity.writes:
        yield f"topic {'readwrite' if topic in both else 'write'} {topic}"
    for topic in identity.reads:
        if topic not in both:
            yield f"topic read {topic}"
