"""A folder with all that a broker and its clients need: authorities, certificates, the configuration, the access list.

    FOLDER/authority.crt       who vouches for the broker: every client's `ca_file`
    FOLDER/authority/          what makes certificates; nobody but you needs it, least of all the broker
    FOLDER/broker/             what the broker needs, and nothing else
    FOLDER/clients/NAME.crt    with NAME.key: what one client needs besides authority.crt

Made again, it keeps what is good, adds what is missing, and renews what ends soon.
"""

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from ...config.model import Site
from ...config.problems import nearest
from ..errors import RunFailed, UserError
from .acl import access_list
from .authority import Authority, Pair, facts, issued_by, revoked
from .mosquitto import configuration
from .roles import Identity, identities

SOON: Final = timedelta(days=60)
"""A certificate that ends within this time is renewed."""
_CONNECTIONS: Final = 2
"""Of each device: one that is dead and not yet known to be, and one that is new."""
_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}")
_HOST: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:_-]{0,252}")
_AUTHORITIES: Final = ("hotzone", "devices")


class Wish(NamedTuple):
    """What the folder shall be for."""

    site: Site
    hosts: Sequence[str]
    """Names and addresses by which clients know the broker."""
    port: int
    at: Path | None
    """Where the broker will find its files; None for where they are made."""
    operators: Sequence[str]
    simulation: bool
    days: int
    """How long a certificate is valid."""
    revoke: Sequence[str]


class Made(NamedTuple):
    """What became of it."""

    issued: tuple[str, ...]
    kept: tuple[str, ...]
    revoked: tuple[str, ...]
    strangers: tuple[str, ...]
    """Who has a certificate and is in the access list no more."""
    identities: tuple[Identity, ...]


def make_folder(folder: Path, wish: Wish, now: datetime) -> Made:
    """Make it, or bring it up to date. Raises UserError, RunFailed."""
    _check(wish)
    everybody = identities(wish.site, operators=wish.operators, simulation=wish.simulation)
    try:
        return _Workshop(folder, wish, now).make(everybody)
    except OSError as error:
        msg = f"{error.filename or folder}: {error.strerror or error}"
        raise RunFailed(msg) from error
    except ValueError as error:
        msg = f"{folder} holds something else than a key, a certificate or a list where one should be ({error}): name another folder"
        raise UserError(msg) from error


def _check(wish: Wish) -> None:
    for name in wish.operators:
        if _NAME.fullmatch(name) is None:
            msg = f"--operator {name!r}: a name is 1 to 64 of A-Z a-z 0-9 _ . - and begins with no dot"
            raise UserError(msg)
    for host in wish.hosts:
        if _HOST.fullmatch(host) is None:
            msg = f"--host {host!r} is neither a host name nor an address"
            raise UserError(msg)
    at = str(wish.at or "")
    if any(character.isspace() or not character.isprintable() for character in at):
        msg = f"--at {at!r}: Mosquitto takes no path with a space in it"
        raise UserError(msg)


_AS_ROOT: Final = """
# For trying: a broker that root starts would become the user mosquitto, who may not read here.
user root
"""


class _Workshop:
    """One visit to the folder."""

    def __init__(self, folder: Path, wish: Wish, now: datetime) -> None:
        self._folder = folder.resolve()
        self._wish = wish
        self._now = now
        for part in ("", "authority", "broker", "clients", *(() if wish.at else ("broker/data",))):
            (self._folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        for part in ("authority", "clients"):
            _check_ours(self._folder / part)
        self._authorities = {name: self._authority(name) for name in _AUTHORITIES}

    def make(self, everybody: Sequence[Identity]) -> Made:
        gone = [self._take_back(name, everybody) for name in dict.fromkeys(self._wish.revoke)]
        issued: list[str] = []
        for identity in everybody:
            authority = self._authorities["hotzone" if identity.own_door else "devices"]
            if self._needs(self._folder / "clients" / f"{identity.name}.crt", authority):
                self._write_pair("clients", identity.name, authority.client(identity.name, self._now, self._wish.days))
                issued.append(identity.name)
        if self._needs(self._folder / "broker" / "broker.crt", self._authorities["hotzone"], set(self._wish.hosts)):
            self._write_pair("broker", "broker", self._authorities["hotzone"].server(self._wish.hosts, self._now, self._wish.days))
            issued.append("broker")
        self._write_for_broker(everybody)
        names = {identity.name for identity in everybody}
        return Made(
            tuple(issued),
            tuple(sorted(names - {*issued})),
            tuple(gone),
            tuple(sorted(path.stem for path in (self._folder / "clients").glob("*.crt") if path.stem not in names)),
            tuple(everybody),
        )

    def _authority(self, name: str) -> Authority:
        certificate, key = (self._folder / "authority" / f"{name}.{kind}" for kind in ("crt", "key"))
        if not certificate.exists() and not key.exists():
            self._write_pair("authority", name, Authority.make(f"{self._wish.site.name} authority for {name}", self._now).pair)
        return Authority(Pair(certificate.read_bytes(), key.read_bytes()))

    def _needs(self, certificate: Path, authority: Authority, hosts: set[str] | None = None) -> bool:
        """Whether a certificate is missing, ends soon, is another authority's, or is for other hosts."""
        if not certificate.exists() or not certificate.with_suffix(".key").exists():
            return True
        pem = certificate.read_bytes()
        known = facts(pem)
        return known.until - self._now < SOON or not issued_by(pem, authority) or (hosts is not None and known.hosts != hosts)

    def _take_back(self, name: str, everybody: Iterable[Identity]) -> str:
        certificate = self._folder / "clients" / f"{name}.crt"
        there = sorted(path.stem for path in certificate.parent.glob("*.crt"))
        if name not in there:
            close = nearest(name, [*there, *(identity.name for identity in everybody)])
            msg = f"--revoke {name}: there is no such certificate in {certificate.parent}" + (f"; nearest is {close}" if close else "")
            raise UserError(msg)
        pem = certificate.read_bytes()
        for authority in _AUTHORITIES:
            if issued_by(pem, self._authorities[authority]):
                self._write(f"authority/{authority}.crl", self._revocations(authority, facts(pem).serial))
        certificate.unlink()
        certificate.with_suffix(".key").unlink(missing_ok=True)
        return name

    def _revocations(self, authority: str, *more: int) -> bytes:
        path = self._folder / "authority" / f"{authority}.crl"
        known = revoked(path.read_bytes()) if path.exists() else set()
        return self._authorities[authority].revocations({*known, *more}, self._now)

    def _write_for_broker(self, everybody: Sequence[Identity]) -> None:
        for name, authority in self._authorities.items():
            revocations = self._revocations(name)
            self._write(f"authority/{name}.crl", revocations)
            self._write(f"broker/{name}-authority.crl", revocations)
            self._write(f"broker/{name}-authority.crt", authority.pair.certificate)
        self._write("authority.crt", self._authorities["hotzone"].pair.certificate)
        self._write("broker/acl", access_list(self._wish.site.name, everybody).encode())
        self._write(
            "broker/mosquitto.conf",
            (
                configuration(self._wish.at or self._folder / "broker", self._wish.port, _CONNECTIONS * len(everybody))
                + (_AS_ROOT if self._wish.at is None and os.geteuid() == 0 else "")
            ).encode(),
        )

    def _write_pair(self, part: str, name: str, pair: Pair) -> None:
        self._write(f"{part}/{name}.key", pair.key)
        self._write(f"{part}/{name}.crt", pair.certificate, 0o644)

    def _write(self, name: str, content: bytes, mode: int = 0o600) -> None:
        """Whole or not at all: a broker may be reading."""
        path = self._folder / name
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)


def _check_ours(folder: Path) -> None:
    """Refuse a folder for keys that somebody else has made, or may write to. Raises UserError."""
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        msg = f"{folder} is a link, or belongs to somebody else, or others may write to it, and keys are to go there: name another folder"
        raise UserError(msg)


def broker_section(folder: Path, host: str, port: int) -> Iterator[str]:
    """What the site file needs for hotzone's own door."""
    folder = folder.resolve()
    yield "[broker]"
    yield f'url = "mqtts://{f"[{host}]" if ":" in host else host}:{port + 1}"'
    yield f'ca_file = "{folder / "authority.crt"}"'
    yield f'cert_file = "{folder / "clients" / "hotzone.crt"}"'
    yield f'key_file = "{folder / "clients" / "hotzone.key"}"'
