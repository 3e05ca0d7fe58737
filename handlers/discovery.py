"""Where handlers come from: installed entry points, `module:name` in the site file, and the files of the handlers folder."""

import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import module_from_spec, spec_from_file_location
from inspect import isclass, iscoroutinefunction
from pathlib import Path
from types import ModuleType
from typing import Final

from msgspec import Struct, structs

from ..config.model import Priority, Site
from ..config.problems import ConfigError, Problem, join, listed, nearest, show
from ..config.service import HandlerConfig
from .contract import ALARMS, Subscription, subscription_of
from .cooling import CoolingDriver
from .options import read_options

GROUP: Final = "hotzone.handlers"


class Found(Struct, frozen=True, kw_only=True):
    """One handler that is in use, or could be. `trouble` says why it cannot; `problems` hold what of that is the site file's fault.

    `unknown`: there is none of that name.
    """

    name: str
    origin: str
    used: bool = True
    subscription: Subscription | None = None
    target: object = None
    config: HandlerConfig
    trouble: str | None = None
    problems: tuple[Problem, ...] = ()
    unknown: bool = False

    @property
    def drives(self) -> bool:
        """Whether it is a cooling handler: called for units whose `driver` names it."""
        return isinstance(self.target, CoolingDriver)


class HandlerNotFound(LookupError):
    """Nothing by that name is installed or in the folder, and it is no `module:name`."""

    def __init__(self, name: str, known: list[str]) -> None:
        self.name = name
        self.known = sorted(known)
        self.nearest = nearest(name, known)
        hint = f"; did you mean {self.nearest}?" if self.nearest else f"; there are {', '.join(self.known) or 'none'}"
        super().__init__(f"no handler named {name!r}{hint}")

    def problem(self, config: HandlerConfig) -> Problem:
        """The same, for whoever wrote the site file."""
        key = join("handlers", config.name)
        place = key if config.use == config.name else join(key, "use")
        return Problem(config.file, place, f"no handler named {show(self.name)}", listed([*self.known, "module:name"]), self.nearest)


class NameTaken(ValueError):
    """Two handlers of the folder have one name, by which the site file, the outbox and the metrics know them."""

    def __init__(self, name: str, other: str) -> None:
        super().__init__(f"there is a handler named {name} in {other} already")


def discover(site: Site) -> list[Found]:
    """Every handler of the site, in the order of the site file, then the folder's, then what is installed but not used.

    What is broken is in the list too, with its trouble: it stops none of the others.
    """
    installed = {point.name: point for point in entry_points(group=GROUP)}
    configured = {config.name: config for config in site.handlers}
    in_folder = list(_folder(site, configured))
    names = {found.name for found in in_folder}
    found = [_configured(config, installed, names) for config in site.handlers if config.name not in names]
    unused = [
        Found(name=name, origin=f"installed, {point.value}", used=False, config=HandlerConfig(name=name, use=name))
        for name, point in sorted(installed.items())
        if name not in {config.use for config in site.handlers}
    ]
    return [*found, *in_folder, *unused]


def _configured(config: HandlerConfig, installed: dict[str, EntryPoint], in_folder: set[str]) -> Found:
    use = config.use
    try:
        return bind(config, f"site file, {use}", _resolve(use, installed, in_folder))
    except ConfigError as error:
        return Found(name=config.name, origin=f"site file, {use}", config=config, trouble=_told(error), problems=error.problems)
    except HandlerNotFound as error:
        problems = (error.problem(config),)
        return Found(name=config.name, origin=f"site file, {use}", config=config, trouble=str(error), problems=problems, unknown=True)
    except (Exception, SystemExit) as error:  # noqa: BLE001  other people's modules raise what they like
        return Found(name=config.name, origin=f"site file, {use}", config=config, trouble=_where(error))


def _resolve(use: str, installed: dict[str, EntryPoint], in_folder: set[str]) -> object:
    if ":" in use:
        module, _, name = use.partition(":")
        return getattr(import_module(module), name)
    if use not in installed:
        raise HandlerNotFound(use, [*installed, *in_folder])
    return installed[use].load()


def _folder(site: Site, configured: dict[str, HandlerConfig]) -> Iterator[Found]:
    """The marked callables and objects of every Python file in the handlers folder."""
    if site.handlers_folder is None:
        return
    folder = Path(site.handlers_folder)
    origins: dict[str, str] = {}
    for path in sorted(one for one in folder.glob("*.py") if not one.name.startswith(".")):
        try:
            module = _load(path)
        except (Exception, SystemExit) as error:  # noqa: BLE001  other people's modules raise what they like
            yield _unusable(path.name, path, error)  # nobody's name: a handler of the site file may have that of the file
            continue
        for name, target in vars(module).items():
            if getattr(target, "__module__", None) != module.__name__ or not (subscription_of(target) or _is_driver(target)):
                continue
            if name in origins:
                yield _unusable(f"{path.stem}.{name}", path, NameTaken(name, origins[name]))
                continue
            origins[name] = str(path)
            config = configured.get(name, HandlerConfig(name=name, use=name))
            try:
                yield bind(config, str(path), target)
            except ConfigError as error:
                yield Found(name=name, origin=str(path), config=config, trouble=_told(error), problems=error.problems)
            except (Exception, SystemExit) as error:  # noqa: BLE001  other people's modules raise what they like
                yield _unusable(name, path, error)


def _unusable(name: str, path: Path, error: BaseException) -> Found:
    return Found(name=name, origin=str(path), config=HandlerConfig(name=name, use=name), trouble=_where(error, path))


def _is_driver(target: object) -> bool:
    return isclass(target) and callable(getattr(target, "carry_out", None))


def _load(path: Path) -> ModuleType:
    name = f"hotzone_handlers_folder.{path.stem}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        msg = f"{path} cannot be loaded"
        raise ImportError(msg)
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def bind(config: HandlerConfig, origin: str, target: object) -> Found:
    """Make a handler ready for use: with its options, if it declares any. Raises ConfigError, TypeError, and what its constructor raises."""
    subscription = subscription_of(target)
    if isclass(target):
        options = getattr(target, "Options", None)
        target = target() if options is None else target(_options(options, config))  # type: ignore[call-arg]  # its own business
    if isinstance(target, CoolingDriver):
        return Found(name=config.name, origin=origin, target=target, config=config)
    if not _callable(target) and not _receivers(target):
        msg = "it is neither callable nor has it a handle(), receivers or carry_out()"
        raise TypeError(msg)
    for name in ("run", "close"):
        if callable(work := getattr(target, name, None)) and hasattr(target, "handle") and not iscoroutinefunction(work):
            msg = f"its {name}() is not async"
            raise TypeError(msg)
    wanted = _wanted(config, subscription or subscription_of(getattr(target, "handle", None)) or ALARMS)
    return Found(name=config.name, origin=origin, subscription=wanted, target=target, config=config)


def by_receiver(found: Sequence[Found]) -> list[Found]:
    """The same, with each receiver of a handler that has several as a handler of its own, `NAME/RECEIVER`."""
    return [part for one in found for part in (_parts(one) if one.trouble is None and one.used else [one])]


def _parts(found: Found) -> list[Found]:
    return [
        structs.replace(found, name=name, target=target, config=structs.replace(found.config, name=name))
        for receiver, target in _receivers(found.target).items()
        for name in (f"{found.name}/{receiver}",)
    ] or [found]


def _receivers(target: object) -> Mapping[str, object]:
    """By name, if there are any. Raises TypeError for what cannot be told of an event."""
    receivers = getattr(target, "receivers", {})
    if not isinstance(receivers, Mapping) or not all(isinstance(name, str) and _callable(one) for name, one in receivers.items()):
        msg = f"its receivers are {show(receivers)}: expected what is called for each, by name"
        raise TypeError(msg)
    return receivers


def _callable(target: object) -> bool:
    return callable(target) or callable(getattr(target, "handle", None))


def _options(of: type[Struct], config: HandlerConfig) -> Struct:
    """The handler's own options. Raises ConfigError with what is wrong with them, and with what it is to hear."""
    try:
        return read_options(of, config)
    except ConfigError as error:
        raise ConfigError([*error.problems, *_misheard(config)]) from None


def _misheard(config: HandlerConfig) -> list[Problem]:
    """What is wrong with the options `events` and `min_priority`, which every handler has."""
    found = []
    events, priority = config.options.get("events"), config.options.get("min_priority")
    if events is not None and not isinstance(events, str):
        found.append(_bad(config, "events", events, 'a pattern over event types, such as "sensor.*"'))
    if priority is not None and priority not in list(Priority):
        found.append(_bad(config, "min_priority", priority, listed(Priority), nearest(str(priority), Priority)))
    return found


def _wanted(config: HandlerConfig, subscription: Subscription) -> Subscription:
    """The site file has the last word on what a handler hears: options `events` and `min_priority`. Raises ConfigError."""
    if wrong := _misheard(config):
        raise ConfigError(wrong)
    events, priority = config.options.get("events"), config.options.get("min_priority")
    if events is not None:
        subscription = structs.replace(subscription, events=str(events), alarms=False)
    if priority is not None:
        subscription = structs.replace(subscription, min_priority=Priority(str(priority)))
    return subscription


def _bad(config: HandlerConfig, option: str, value: object, expected: str, near: str | None = None) -> Problem:
    return Problem(config.file, f"[handlers.{config.name}.options] {option}", show(value), expected, near)


def _told(error: ConfigError) -> str:
    """What is wrong with the options, on one line."""
    return "; ".join(
        f"{one.file}: {one.key}: found {one.found}, expected {one.expected}" + (f"; did you mean {one.nearest}?" if one.nearest else "")
        for one in error.problems
    )


def _where(error: BaseException, path: Path | None = None) -> str:
    """The error with its place: the last in the handler's own file, if that is known, else the last of all."""
    if isinstance(error, HandlerNotFound | NameTaken):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == str(path)] or frames
    place = f" ({own[-1].filename}:{own[-1].lineno})" if own else ""
    if isinstance(error, SyntaxError):
        place = f" ({error.filename}:{error.lineno})"
    return f"{type(error).__name__}: {error}{place}"
