"""What `hotzone handlers` does."""

from .errors import UserError
from .sites import site_named


def listed(site: str | None) -> list[str]:
    """A line for each handler. Raises ConfigError."""
    if site is None:
        return []
    return [f"{handler.name:<20} {handler.use:<30} {site}" for handler in site_named(site, secrets=False).handlers]


def tried(name: str, site: str | None) -> str:
    """Send the handler a sample; what came of it. Raises UserError, ConfigError."""
    known = [] if site is None else [handler.name for handler in site_named(site, secrets=False).handlers]
    if name not in known:
        msg = f"no handler {name!r}; there are {', '.join(known) or 'none'}"
        raise UserError(msg)
    msg = f"{name}: this version has no handlers to try"
    raise UserError(msg)
