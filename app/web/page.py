"""The files of the page. Nothing outside of its folder is ever served."""

from importlib.resources import files
from pathlib import Path
from typing import Final

from aiohttp import web

_MINUTE: Final = "no-cache"
"""Ask each time whether it has changed: a new version of hotzone has its page at once."""


def page_folder() -> Path:
    """Where it is."""
    return Path(str(files("hotzone.app.web").joinpath("page")))


async def index(_: web.Request) -> web.StreamResponse:
    """The page itself."""
    return web.FileResponse(page_folder() / "index.html", headers={"Cache-Control": _MINUTE})


async def asset(request: web.Request) -> web.StreamResponse:
    """One of its files."""
    folder = page_folder().resolve()
    try:
        path = (folder / request.match_info["path"]).resolve()
        known = path.is_relative_to(folder) and path.is_file() and path.suffix != ".html"
    except (OSError, ValueError):  # a name that no file can have: too long, a NUL, half a character
        known = False
    if not known:
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Cache-Control": _MINUTE})
