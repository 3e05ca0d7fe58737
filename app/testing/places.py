"""Where the files that a test names are: beside the test first, then where the configuration of pytest says, then at its root."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ...config.loader import load
from ...config.model import Site
from ...config.problems import nearest
from ...config.shipped import SITES, shipped


class NotThere(LookupError):
    """A test names a file that is in none of the places where it could be."""

    def __init__(self, what: str, name: str, looked: Iterable[Path]) -> None:
        self.name = name
        folders = list(dict.fromkeys(looked))
        names = sorted({path.name for folder in folders if folder.is_dir() for path in folder.iterdir()})
        close = nearest(Path(name).name, names)
        hint = f"; did you mean {close}?" if close else "."
        super().__init__(f"no {what} {name!r}{hint} Looked in: {', '.join(map(str, folders))}")


class Places(NamedTuple):
    """`test` is the folder of the test's file, `root` that of pytest's configuration, `recordings` where recordings are kept."""

    test: Path = Path()
    root: Path = Path()
    recordings: tuple[Path, ...] = ()

    def site(self, named: str | Path) -> Site:
        """A site file by its path, or one that ships with hotzone by its name. Raises NotThere, ConfigError."""
        __tracebackhide__ = True
        name = str(named)
        found = self._find(name, (self.test, self.root))
        if found is None and name.removesuffix(".toml") in SITES:
            found = shipped(name)
        if found is None:
            what = "site file"
            raise NotThere(what, name, (self.test, self.root))
        return load(found, secrets=False)

    def recording(self, named: str | Path) -> Path:
        """A recording by its path or, in the folders of recordings, by its name. Raises NotThere."""
        __tracebackhide__ = True
        folders = (self.test, *self.recordings, self.root)
        found = self._find(str(named), folders)
        if found is None:
            what = "recording"
            raise NotThere(what, str(named), folders)
        return found

    def matching(self, pattern: str) -> list[Path]:
        """The recordings of a pattern such as `heatwave-*`, by name. Raises NotThere for none."""
        folders = (self.test, *self.recordings, self.root)
        for folder in folders:
            if found := sorted(path for path in folder.glob(pattern) if not path.name.startswith(".")):
                return found
        what = "recordings"
        raise NotThere(what, pattern, folders)

    def folder(self, named: Path) -> Path:
        """A file or folder of handlers. Raises NotThere."""
        __tracebackhide__ = True
        found = self._find(str(named), (self.test, self.root))
        if found is None:
            what = "file or folder of handlers"
            raise NotThere(what, str(named), (self.test, self.root))
        return found

    @staticmethod
    def _find(name: str, folders: Iterable[Path]) -> Path | None:
        return next((path for folder in folders if (path := folder / Path(name).expanduser()).exists()), None)
