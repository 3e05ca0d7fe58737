"""Which hotzone this is."""

from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed


@cache
def version() -> str:
    """The installed version; `0` when hotzone runs without having been installed."""
    try:
        return installed("hotzone")
    except PackageNotFoundError:
        return "0"
