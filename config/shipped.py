"""The site files that come with the package: `demo`, `hall-200`, and `site.example` to begin one's own from."""

from pathlib import Path
from typing import Final

from .problems import listed, nearest

SITES: Final = ("demo", "hall-200", "site.example")


class UnknownSite(LookupError):
    """No site file of this name comes with the package."""

    def __init__(self, name: str) -> None:
        close = nearest(name, SITES)
        super().__init__(f"no shipped site {name!r}; there are {listed(SITES)}" + (f", nearest is {close}" if close else ""))


def shipped(name: str) -> Path:
    """Where the site file of this name, with or without `.toml`, lies."""
    plain = name.removesuffix(".toml")
    if plain not in SITES:
        raise UnknownSite(name)
    return Path(__file__).parent / "sites" / f"{plain}.toml"
