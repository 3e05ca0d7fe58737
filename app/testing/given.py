"""The handlers that a test gives: made ready as in a run, from whatever names them."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple

from msgspec import structs

from ...config.model import Site
from ...config.problems import ConfigError, nearest
from ...config.service import HandlerConfig
from ...handlers.contract import subscription_of
from ...handlers.discovery import Found, bind, by_receiver, discover
from ...pipeline import Event
from .places import Places

Observer = Callable[[Event], object]
"""Whoever takes an event and nothing else is told of every one; what it returns is ignored."""


class Configured(NamedTuple):
    """A handler with options of its own; made by `configured`."""

    target: object
    options: Mapping[str, object]
    name: str | None = None


class HandlerUnusable(ValueError):
    """What a test gives as a handler is none, or cannot be made ready."""


def configured(target: object, /, *, name: str | None = None, **options: object) -> Configured:
    """A handler with `options` as the site file would have them: `configured(Pager, number="+41...", repeat="10s")`.

    `target` is anything that `handlers=[...]` takes. It goes by `name`, or by its own.
    """
    return Configured(target, options, name)


def make_ready(handlers: Iterable[object], site: Site, places: Places) -> tuple[list[Found], list[Observer]]:
    """Handlers and observers among what was given. Raises HandlerUnusable, ConfigError, NotThere, and what their own code raises."""
    found: list[Found] = []
    observers: list[Observer] = []
    for given in handlers:
        one = given if isinstance(given, Configured) else Configured(given, {})
        if isinstance(one.target, Path):
            found += _of_folder(one, site, places)
        elif isinstance(one.target, str) and ":" not in one.target:
            found.append(_of_site(one, one.target, site))
        elif isinstance(one.target, str):
            module, _, name = one.target.partition(":")
            found.append(_bound(one, name, getattr(import_module(module), name), site))
        elif _is_observer(one.target):
            observers.append(one.target)  # type: ignore[arg-type]  # _is_observer has looked
        else:
            found.append(_bound(one, _name_of(one.target), one.target, site))
    found = by_receiver(found)
    names = [one.name for one in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        msg = f"two handlers are named {twice[0]}; tell them apart with configured(..., name=...)"
        raise HandlerUnusable(msg)
    return found, observers


def _bound(given: Configured, own_name: str, target: object, site: Site) -> Found:
    name = given.name or own_name
    if not (callable(target) or any(hasattr(target, name) for name in ("handle", "receivers", "carry_out"))):
        msg = f"{target!r} is no handler: expected something callable, or with handle(), receivers or carry_out(), its module:name, or a folder"
        raise HandlerUnusable(msg)
    return bind(_config(name, given, site), "the test", target)


def _config(name: str, given: Configured, site: Site) -> HandlerConfig:
    """As the site file has the handler; options of the test replace its own, one by one."""
    use = given.target if isinstance(given.target, str) else name
    known = next((config for config in site.handlers if config.name == name or (":" in use and config.use == use)), None)
    known = known or HandlerConfig(name=name, use=use, file="the test")
    return structs.replace(known, options={**known.options, **given.options})


def _of_site(given: Configured, name: str, site: Site) -> Found:
    """A handler that the site file names, that lies in its folder, or that is installed."""
    config = _config(name, given, site)
    others = tuple(one for one in site.handlers if one.name != config.name)
    known = {one.name: one for one in discover(structs.replace(site, handlers=(*others, config)))}
    found = known.get(name)
    if found is None or (found.unknown and name not in {one.name for one in site.handlers}):
        close = nearest(name, [one for one in known if one != name])
        hint = f"; did you mean {close!r}?" if close else "."
        msg = f"the site {site.name!r} has no handler {name!r}, and none is installed by that name{hint} A file of one is given as a Path"
        raise HandlerUnusable(msg)
    return _usable(found)


def _of_folder(given: Configured, site: Site, places: Places) -> list[Found]:
    """Every handler of a folder, or of one file in it."""
    path = places.folder(Path(str(given.target)))
    folder = path if path.is_dir() else path.parent
    known = discover(structs.replace(site, handlers_folder=str(folder), handlers=tuple(_with(one, given) for one in site.handlers)))
    found = [_usable(one) for one in known if Path(one.origin).parent == folder and path in {folder, Path(one.origin)}]
    if not found:
        msg = f"{path} has no handler: nothing in it is marked with @handler or has a carry_out()"
        raise HandlerUnusable(msg)
    return found


def _with(config: HandlerConfig, given: Configured) -> HandlerConfig:
    return structs.replace(config, options={**config.options, **given.options})


def _usable(found: Found) -> Found:
    if found.problems:
        raise ConfigError(found.problems)
    if found.trouble is not None:
        msg = f"{found.name} ({found.origin}): {found.trouble}"
        raise HandlerUnusable(msg)
    return found


def _is_observer(target: object) -> bool:
    """Whether it takes an event and no context, and says nothing of what it wants to hear."""
    if inspect.isclass(target) or not callable(target) or hasattr(target, "handle") or subscription_of(target) is not None:
        return False
    try:
        signature = inspect.signature(target)
    except (TypeError, ValueError):  # some built-in functions have none
        return True
    try:
        signature.bind(_ANY, _ANY)
    except TypeError:
        return True
    return False


_ANY: Final = object()


def _name_of(target: object) -> str:
    name = getattr(target, "__name__", None)
    return name if isinstance(name, str) else type(target).__name__
