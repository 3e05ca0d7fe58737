"""What ends the program with a message instead of a traceback."""

from pathlib import Path


class UserError(Exception):
    """What was asked for cannot be done; the message says what to do instead. Exit code 2."""


class NoSite(UserError):
    """The recording, or a part of it, holds no site file: it was only recorded, or imported without one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"{path} holds no site file, for it was only recorded: replay it with --site FILE; a run needs a folder of its own"
        )


class StateUnusable(UserError):
    """A state that a recording keeps is none that this version can go on from."""

    def __init__(self, path: Path, why: Exception) -> None:
        self.path = path
        super().__init__(
            f"{path}: the state that it keeps there is none for this version ({why}); replay it from its beginning, without --from"
        )


class RunFailed(Exception):
    """It was asked for rightly and did not work out. Exit code 1."""
