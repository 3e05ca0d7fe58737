"""What `hotzone certs` and `hotzone acl` do."""

import socket
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import UserError
from ..sites import site_named
from .acl import access_list
from .roles import identities

_NAMED = 6
"""Names that are listed; of more, how many there are."""


def write_access_list(site: str, operators: Sequence[str], *, simulation: bool) -> str:
    """The access list of a site. Raises ConfigError, UserError."""
    known = site_named(site, secrets=False)
    return access_list(known.name, identities(known, operators=operators, simulation=simulation))


def write_certificates(
    folder: Path,
    site: str,
    *,
    hosts: Sequence[str],
    port: int,
    at: Path | None,
    operators: Sequence[str],
    simulation: bool,
    days: int,
    revoke: Sequence[str],
) -> str:
    """Make the folder, and say what to do with it. Raises ConfigError, UserError, RunFailed."""
    try:
        from .folder import Wish, broker_section, make_folder
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "cryptography":
            raise
        msg = f"hotzone certs needs the package cryptography: {sys.executable} -m pip install 'hotzone[certs]'"
        raise UserError(msg) from None
    known = site_named(site, secrets=False)
    wanted = hosts or (urlsplit(known.broker.url).hostname or "localhost",)
    names = tuple(dict.fromkeys(map(_plain, (*wanted, "localhost", "127.0.0.1", socket.gethostname()))))
    host = names[0]
    wish = Wish(known, names, port, at, operators, simulation, days, revoke)
    made = make_folder(folder, wish, datetime.now(UTC))
    where = at or folder.resolve() / "broker"
    said = [
        f"{folder}: for {', '.join(names)}",
        *_line("issued", made.issued),
        *_line("kept", made.kept),
        *_line("revoked", made.revoked),
        *_line("not in the access list, and so without rights (--revoke shuts them out)", made.strangers),
        "",
        *(
            [f"Copy {folder.resolve() / 'broker'} to {where}, for the user mosquitto to read and nobody else. Then start the broker:"]
            if at
            else []
        ),
        *([] if at else ["Start the broker:"]),
        f"    mosquitto -c {where / 'mosquitto.conf'}",
        "After a change kill -HUP is enough; after --revoke restart it, which throws out who is connected.",
        "",
        "In the site file:",
        *(f"    {line}" for line in broker_section(folder, host, port)),
        "",
        f"Devices and people connect to mqtts://{f'[{host}]' if ':' in host else host}:{port} with authority.crt and with clients/NAME.crt and NAME.key.",
    ]
    return "\n".join(said)


def _plain(host: str) -> str:
    """An address in its shortest form, as a certificate gives it back; a name as it is."""
    try:
        return str(ip_address(host))
    except ValueError:
        return host


def _line(what: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return [f"{what}: {', '.join(names[:_NAMED])}{more}"]
