"""Finding the site that a command is about."""

from pathlib import Path
from urllib.parse import urlsplit

from msgspec import structs

from ..config.loader import load
from ..config.model import Site
from ..config.shipped import SITES, shipped
from .errors import UserError


def site_named(name: str, *, secrets: bool = True) -> Site:
    """The site of a file, or one that ships with hotzone by its name. Raises ConfigError, UserError."""
    path = Path(name)
    if not path.exists() and path.name.removesuffix(".toml") in SITES and path.parent in {Path(), Path("config"), Path("config/sites")}:
        path = shipped(path.name)
    return load(path, secrets=secrets)


def with_broker(site: Site, url: str | None) -> Site:
    """The site with another broker. Raises UserError for an address that is none."""
    if url is None:
        return site
    from ..sensors.mqtt.address import parse_url

    try:
        parse_url(url)
    except ValueError as error:
        msg = f"--broker {_shown(url)}: {error}"
        raise UserError(msg) from error
    return structs.replace(site, broker=structs.replace(site.broker, url=url))


def check_folder(folder: Path, source: str) -> None:
    """Refuse a folder whose log belongs to something else. Raises UserError, RecordingError."""
    from ..sensors.recording import NotARecording, Recording

    if folder.exists() and not folder.is_dir():
        msg = f"{folder} is a file: a recording is a folder, so name another"
        raise UserError(msg)
    try:
        recorded = Recording(folder).site_source
    except NotARecording:
        return
    if bool(recorded) != bool(source):
        what = "a site" if recorded else "topics, without a site"
        msg = f"{folder} holds a recording of {what}: name another folder"
        raise UserError(msg)


def _shown(url: str) -> str:
    """Without what may be a password."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.rpartition("@")[2]
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
