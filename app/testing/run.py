"""`replay`: a recording or a timeline in text, folded to its journal."""

from pathlib import Path
from typing import Protocol

from ...config.loader import load
from ...config.model import Site
from ...pipeline import Pipeline
from .journal import Journal
from .timeline import EPOCH, frames_of, is_timeline, parse, site_of


class Replay(Protocol):
    """The type of `replay`, for annotations of the fixture."""

    def __call__(self, source: str | Path, /, *, site: str | Path | Site | None = None) -> Journal:
        """As the function `replay`."""


def replay(source: str | Path, /, *, site: str | Path | Site | None = None) -> Journal:
    """Fold `source` and return its journal: the text of a timeline, or the path of a recording.

    A recording brings its own site, a timeline makes one up from the names in it; `site` (a site file's path, or a `Site`) stands in for
    either. Raises TimelineError, ConfigError, FileNotFoundError.
    """
    if isinstance(source, str) and is_timeline(source):
        return _timeline(source, _site(site))
    raise FileNotFoundError(source)


def _site(site: str | Path | Site | None) -> Site | None:
    return load(Path(site), secrets=False) if isinstance(site, str | Path) else site


def _timeline(text: str, site: Site | None) -> Journal:
    script = parse(text)
    where = site or site_of(script)
    pipeline = Pipeline(where)
    return Journal(pipeline.push(frames_of(script, where)), EPOCH, pipeline.take_rejected())
