"""From the tables of a site file to the site. Notes every problem on the way; the result is of use only when there is none."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from .checks import check_site
from .halls import Around, make_hall
from .http import make_http
from .inherit import AT_SITE, built_in, inherit
from .model import Alarms, Hall, Site
from .problems import Unfit, join, show
from .reader import Raw, Reader, good, make
from .secret_source import EXPECTED, is_reference, names_a_secret, read_secret
from .secrets import Secret
from .service import Broker, Grouping, HallSimulation, HandlerConfig, RecordingConfig, Simulation, Topics
from .tables import ALARMS, BROKER, GROUP, HANDLER, RECORDING, SIMULATION, SITE, TOPICS

SECTIONS: Final = (*AT_SITE, "halls", "broker", "topics", "handlers", "simulation", "recording", "alarms", "http")
_FILES: Final = ("ca_file", "cert_file", "key_file")
_DEEPEST: Final = 10


class Outside(NamedTuple):
    """Where what is not in the file is found."""

    env: Mapping[str, str]
    folder: Path | None
    """Relative paths start here; None leaves them as they are."""
    secrets: bool
    """Whether secrets are looked up. A replay does without: passwords are None, secrets of handlers empty."""


def build(reader: Reader, raw: Raw, source: str, outside: Outside) -> Site:
    """The site that the tables describe."""
    reader.secret = lambda where, key: _secret(reader, where, key, outside)
    values = reader.values(raw, "", SITE, also=SECTIONS)
    if "name" not in raw:
        reader.problem("name", "no name", 'name = "..." at the top of the file')
    name = str(good(values).get("name", "site"))
    topics = make(Topics, good(reader.values(reader.table(raw, "topics", ""), "topics", TOPICS)))
    level = inherit(reader, built_in(), raw, "", AT_SITE, without=("x", "y"))
    halls, physics = _halls(reader, Around(name, level, topics), raw)
    folder = _handlers_folder(reader, good(values).get("handlers_folder"), outside)
    site = Site(
        name=name,
        timezone=str(good(values).get("timezone", "UTC")),
        halls=halls,
        broker=_broker(reader, reader.table(raw, "broker", ""), outside),
        topics=topics,
        handlers=tuple(
            _handler(reader, handler, content, key, outside)
            for handler, content, key in reader.tables(raw, "handlers", "")
            if reader.grow("handlers", 1, key)
        ),
        handlers_folder=folder,
        simulation=make(
            Simulation, {**good(reader.values(reader.table(raw, "simulation", ""), "simulation", SIMULATION)), "halls": physics}
        ),
        recording=make(RecordingConfig, good(reader.values(reader.table(raw, "recording", ""), "recording", RECORDING))),
        alarms=make(Alarms, good(reader.values(reader.table(raw, "alarms", ""), "alarms", ALARMS))),
        http=make_http(reader, reader.table(raw, "http", ""), lambda path: _path(path, outside.folder)),
        source=source,
    )
    check_site(reader, site)
    return site


def _handlers_folder(reader: Reader, named: object, outside: Outside) -> str | None:
    if not isinstance(named, str):
        return None
    folder = _path(named, outside.folder)
    if outside.secrets and outside.folder is not None and not Path(folder).is_dir():
        reader.problem("handlers_folder", f"{show(named)}, which is no folder", "a folder with Python files in it")
    return folder


def _halls(reader: Reader, around: Around, raw: Raw) -> tuple[tuple[Hall, ...], dict[str, HallSimulation]]:
    if not raw.get("halls"):
        reader.problem("halls", "no hall", "at least one, such as [halls.h1]")
    made = {
        name: make_hall(reader, around, name, content, key)
        for name, content, key in reader.tables(raw, "halls", "")
        if reader.grow("halls", 1, key)
    }
    return tuple(hall for hall, _ in made.values()), {name: simulation for name, (_, simulation) in made.items()}


def _broker(reader: Reader, raw: Raw, outside: Outside) -> Broker:
    known = good(reader.values(raw, "broker", BROKER, also=("password",)))
    if "password" in raw:
        known["password"] = _secret(reader, raw["password"], "broker.password", outside)
    for name in _FILES:
        if isinstance(path := known.get(name), str):
            known[name] = _path(path, outside.folder)
    broker = make(Broker, known)
    if not broker.url.startswith("mqtts:") and (used := next((name for name in _FILES if name in raw), None)):
        reader.problem(join("broker", used), f"a certificate for {broker.url}", "a broker.url that begins with mqtts://")
    if (broker.cert_file is None) != (broker.key_file is None):
        there, missing = ("cert_file", "key_file") if broker.key_file is None else ("key_file", "cert_file")
        reader.problem(join("broker", there), f"{there} without {missing}", "both or none")
    return broker


def _handler(reader: Reader, name: str, raw: Raw, key: str, outside: Outside) -> HandlerConfig:
    values = good(reader.values(raw, key, HANDLER, also=("options", "group")))
    options = _options(reader, reader.table(raw, "options", key), join(key, "options"), outside)
    folder = None if outside.folder is None else str(outside.folder)
    group = make(Grouping, good(reader.values(reader.table(raw, "group", key), join(key, "group"), GROUP))) if "group" in raw else None
    known = {"name": name, "use": name, "options": options, "group": group, "file": reader.file, "folder": folder}
    return make(HandlerConfig, {**known, **values})


def _options(reader: Reader, raw: Raw, key: str, outside: Outside, depth: int = 0) -> dict[str, object]:
    if depth > _DEEPEST:
        reader.problem(key, "tables in tables in tables", f"at most {_DEEPEST} levels")
        return {}
    return {name: _option(reader, name, value, join(key, name), outside, depth) for name, value in raw.items()}


def _option(reader: Reader, name: str, raw: object, key: str, outside: Outside, depth: int) -> object:
    if is_reference(raw) or (names_a_secret(name) and isinstance(raw, str)):
        return _secret(reader, raw, key, outside) or Secret("")
    if isinstance(raw, Mapping):
        return _options(reader, raw, key, outside, depth + 1)
    if isinstance(raw, list) and depth <= _DEEPEST:
        return [_option(reader, name, one, join(key, str(index)), outside, depth + 1) for index, one in enumerate(raw)]
    if names_a_secret(name) and not isinstance(raw, bool):
        reader.problem(key, "something else (not shown)", EXPECTED)
    return raw


def _secret(reader: Reader, raw: object, key: str, outside: Outside) -> Secret | None:
    if not outside.secrets and is_reference(raw):
        return None
    try:
        return read_secret(raw, outside.env, outside.folder)
    except Unfit as unfit:
        reader.problem(key, unfit.found, unfit.expected, unfit.nearest)
        return None


def _path(path: str, folder: Path | None) -> str:
    return path if folder is None else str(folder / path)
