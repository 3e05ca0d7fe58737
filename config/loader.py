"""Loading site files: text to tables to a site, or every problem at once."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from .build import Outside, build
from .model import Site
from .problems import ConfigError, Problem
from .reader import Reader

LARGEST_FILE: Final = 1024 * 1024
"""Bytes. A site by patterns is some kilobytes; a list of 10,000 racks is some hundred."""
_PLACE: Final = re.compile(r"^(?P<what>.*) \((?:at )?(?P<place>line \d+, column \d+|end of document)\)$", re.DOTALL)


def load(path: Path, env: Mapping[str, str] = os.environ, *, secrets: bool = True) -> Site:
    """The site of the file at `path`. Relative paths in it start at its folder. Raises `ConfigError` with every problem."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        text = content.decode()
    except OSError as error:
        raise ConfigError([Problem(str(path), "", error.strerror or type(error).__name__, "a file that we can read")]) from None
    except UnicodeDecodeError as error:
        raise ConfigError([Problem(str(path), "", f"bytes that are no UTF-8, at {error.start}", "a TOML file, which is UTF-8")]) from None
    return loads(text, file_name=str(path), env=env, folder=path.parent, secrets=secrets)


def loads(
    text: str, file_name: str = "site.toml", env: Mapping[str, str] = os.environ, *, folder: Path | None = None, secrets: bool = True
) -> Site:
    """The site that `text` describes, as `load`.

    Without `folder`, relative paths stay as they are. Without `secrets`, none is looked up: what is recorded can be replayed
    where the secrets are not.
    """
    reader = Reader(file_name)
    raw = _parse(text, file_name)
    try:
        site = build(reader, raw, text, Outside(env, folder, secrets))
    except RecursionError:
        raise ConfigError([Problem(file_name, "", "tables in tables without end", "a site")]) from None
    if reader.problems:
        raise ConfigError(reader.problems, site)
    return site


def _parse(text: str, file_name: str) -> Mapping[str, object]:
    if len(text) > LARGEST_FILE:
        raise ConfigError(
            [Problem(file_name, "", f"more than {LARGEST_FILE:,} characters", "a smaller file; layout.count makes many racks in one line")]
        )
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = _PLACE.match(str(error))
        place, what = (match["place"], match["what"]) if match else ("", str(error))
        raise ConfigError([Problem(file_name, place, _printable(what), "TOML 1.0")]) from None
    except (RecursionError, ValueError) as error:
        what = "brackets nested too deeply" if isinstance(error, RecursionError) else _printable(str(error))
        raise ConfigError([Problem(file_name, "", what, "TOML 1.0")]) from None


def _printable(text: str) -> str:
    clean = "".join(character if character.isprintable() else "?" for character in text)
    return clean if len(clean) <= 200 else f"{clean[:200]}..."
