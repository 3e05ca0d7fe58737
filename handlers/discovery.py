"""Where handlers come from: installed entry points, `module:name` in the site file, and the files of the handlers folder."""

import sys
import traceback
from collections.abc import Iterator
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import module_from_spec, spec_from_file_location
from inspect import isclass
from pathlib import Path
from types import ModuleType
from typing import Final

from msgspec import Struct, structs

from ..config.model import HandlerConfig, Priority, Site
from .contract import ALARMS, Subscription, subscription_of
from .cooling import CoolingDriver

GROUP: Final = "hotzone.handlers"


class Found(Struct, frozen=True, kw_only=True):
    """One handler that is in use, or could be. `trouble` says why it cannot."""

    name: str
    origin: str
    used: bool = True
    subscription: Subscription | None = None
    target: object = None
    config: HandlerConfig
    trouble: str | None = None

    @property
    def drives(self) -> bool:
        """Whether it is a cooling handler: called for units whose `driver` names it."""
        return isinstance(self.target, CoolingDriver)


class HandlerNotFound(LookupError):
    """Nothing by that name is installed, and it is no `module:name`."""

    def __init__(self, name: str, known: list[str]) -> None:
        near = get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; installed: {', '.join(sorted(known)) or 'none'}"
        super().__init__(f"no handler named {name!r}{hint}")


def discover(site: Site) -> list[Found]:
    """Every handler of the site, in the order of the site file, then the folder's, then what is installed but not used.

    What is broken is in the list too, with its trouble: it stops none of the others.
    """
    installed = {point.name: point for point in entry_points(group=GROUP)}
    configured = {config.name: config for config in site.handlers}
    in_folder = list(_folder(site, configured))
    names = {found.name for found in in_folder}
    found = [_configured(config, installed) for config in site.handlers if config.name not in names]
    unused = [
        Found(name=name, origin=f"installed, {point.value}", used=False, config=HandlerConfig(name=name, use=name))
        for name, point in sorted(installed.items())
        if name not in {config.use for config in site.handlers}
    ]
    return [*found, *in_folder, *unused]


def _configured(config: HandlerConfig, installed: dict[str, EntryPoint]) -> Found:
    use = config.use
    try:
        return _found(config, f"site file, {use}", _resolve(use, installed))
    except (Exception, SystemExit) as error:  # noqa: BLE001  other people's modules raise what they like
        return Found(name=config.name, origin=f"site file, {use}", config=config, trouble=_where(error))


def _resolve(use: str, installed: dict[str, EntryPoint]) -> object:
    if ":" in use:
        module, _, name = use.partition(":")
        return getattr(import_module(module), name)
    if use not in installed:
        raise HandlerNotFound(use, list(installed))
    return installed[use].load()


def _folder(site: Site, configured: dict[str, HandlerConfig]) -> Iterator[Found]:
    """The marked callables and objects of every Python file in the handlers folder."""
    if site.handlers_folder is None:
        return
    folder = Path(site.handlers_folder)
    if not folder.is_dir():
        yield Found(name=folder.name, origin=str(folder), config=HandlerConfig(name=folder.name, use=folder.name), trouble="no such folder")
    for path in sorted(folder.glob("*.py")):
        try:
            module = _load(path)
        except (Exception, SystemExit) as error:  # noqa: BLE001
            yield Found(name=path.stem, origin=str(path), config=HandlerConfig(name=path.stem, use=path.stem), trouble=_where(error))
            continue
        for name, target in vars(module).items():
            if getattr(target, "__module__", None) == module.__name__ and (subscription_of(target) or _is_driver(target)):
                yield _found(configured.get(name, HandlerConfig(name=name, use=name)), str(path), target)


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


def _found(config: HandlerConfig, origin: str, target: object) -> Found:
    subscription = subscription_of(target)
    if isclass(target):
        target = target()
    if isinstance(target, CoolingDriver):
        return Found(name=config.name, origin=origin, target=target, config=config)
    if not callable(target) and not callable(getattr(target, "handle", None)):
        msg = "it is neither callable nor has it a handle() or carry_out()"
        raise TypeError(msg)
    wanted = _wanted(config, subscription or subscription_of(getattr(target, "handle", None)) or ALARMS)
    return Found(name=config.name, origin=origin, subscription=wanted, target=target, config=config)


def _wanted(config: HandlerConfig, subscription: Subscription) -> Subscription:
    """The site file has the last word on what a handler hears: options `events` and `min_priority`."""
    events, priority = config.options.get("events"), config.options.get("min_priority")
    if isinstance(events, str):
        subscription = structs.replace(subscription, events=events, alarms=False)
    if isinstance(priority, str):
        subscription = structs.replace(subscription, min_priority=Priority(priority))
    return subscription


def _where(error: BaseException) -> str:
    """The error with the place in the handler's own file, which is the last of the traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames and not isinstance(error, HandlerNotFound) else ""
    if isinstance(error, SyntaxError):
        place = f" ({error.filename}:{error.lineno})"
    return f"{type(error).__name__}: {error}{place}"
