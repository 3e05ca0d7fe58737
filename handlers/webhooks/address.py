"""Where we may connect to. A URL says a host; what counts is the address that the connection is made to, and it is checked there.

Refused are loopback, private, link-local, multicast and reserved addresses, and IPv6 addresses that stand for such an IPv4 one (mapped,
6to4, NAT64). A URL is refused at once for what no name of a host needs: credentials, numbers that are no address as usually written,
characters outside of ASCII, which several libraries read in several ways.
"""

# ruff: noqa: EM101 - `Unfit` takes facts, not a message
import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import ClassVar, Final

from yarl import URL

from ...config.problems import Unfit

_V4: Final = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        ),
    )
)  # fmt: skip
"""IANA's special-purpose addresses (RFC 6890) and multicast."""
_V6_GLOBAL: Final = IPv6Network("2000::/3")
_V6: Final = tuple(map(ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
"""Within 2000::/3: protocol assignments with Teredo, documentation, 6to4."""
_HOLDS_V4: Final = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
"""Mapped, and NAT64: the last 32 bits are an IPv4 address."""
_INTERNAL: Final = tuple(
    map(ip_network, ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"))
)
"""What a site file may allow: our own machine and network. Link-local addresses, where clouds keep credentials, it may not."""

_HOST: Final = re.compile(
    r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII | re.IGNORECASE
)
_NUMBER: Final = re.compile(r"(?:\d+|0x[0-9a-f]*)", re.ASCII | re.IGNORECASE)
_LONGEST: Final = 2000


class Forbidden(OSError):
    """A host's address is one that we do not connect to."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address} is no public address, and the site file does not allow it")


def is_allowed(address: str, *, internal: bool = False) -> bool:
    """Whether we connect to the address, in any of its notations; with `internal`, also to our own machine and network."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and any(ip in network for network in _HOLDS_V4):
        ip = IPv4Address(int(ip) & 0xFFFF_FFFF)
    if internal and any(ip in network for network in _INTERNAL if network.version == ip.version):
        return True
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _V4)
    return ip in _V6_GLOBAL and not any(ip in network for network in _V6)


class Url:
    """An option: where to post. It never repeats the path of what does not fit, which may hold a token."""

    label: ClassVar[str] = "URL"

    def read(self, raw: object) -> str:
        """The URL as written, or `Unfit`."""
        parse(raw)
        assert isinstance(raw, str)
        return raw


def parse(raw: object) -> URL:
    """The URL. Raises `Unfit` for what is none, or is written so that two programs may read two hosts."""
    expected = '"https://host/path"'
    if not isinstance(raw, str) or not 0 < len(raw) <= _LONGEST:
        raise Unfit("something else (not shown)", expected)
    if not raw.isascii() or not raw.isprintable() or set(raw) & set(' \\"<>^`{|}'):
        raise Unfit("a URL with characters that no URL has", f"{expected}, other characters as %xx and xn--")
    scheme, colon, rest = raw.partition("://")
    if not colon or scheme not in {"http", "https"}:
        raise Unfit("a URL of another scheme" if colon else "no URL", expected)
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        raise Unfit("a URL with credentials", f"{expected} without them; a header takes them as a secret")
    host, port = _host_and_port(authority)
    if "#" in rest:
        raise Unfit("a URL with a fragment", expected)
    if not 0 < int(port or 1) < 65_536:
        raise Unfit("a port that there is not", "1 to 65535")
    url = URL(raw, encoded=True)
    if (url.raw_host or "").lower() != host.lower():
        raise Unfit("a host that can be read in two ways", expected)
    return url


def _host_and_port(authority: str) -> tuple[str, str]:
    """Raises `Unfit`."""
    if authority.startswith("["):
        match = re.fullmatch(r"\[([0-9A-Fa-f:.]{2,45})\](?::(\d{1,5}))?", authority, re.ASCII)
        host = match[1] if match else ""
        try:
            IPv6Address(host)
        except ValueError:
            raise Unfit("no IPv6 address", "such as [2606:4700::1111]") from None
        return host, (match[2] or "") if match else ""
    host, _, port = authority.partition(":")
    if port and not re.fullmatch(r"\d{1,5}", port, re.ASCII):
        raise Unfit("a port that is no number", "1 to 65535")
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        try:
            IPv4Address(host)
        except ValueError:
            raise Unfit("an IPv4 address in an unusual notation", "four decimal numbers") from None
    elif not _HOST.fullmatch(host.removesuffix(".")):
        raise Unfit("no name of a host", "letters, digits, - and dots")
    return host, port
