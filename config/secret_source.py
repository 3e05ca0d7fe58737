"""Where secrets come from: a variable of the environment, or a file that nobody else can read. Never the site file itself."""

# ruff: noqa: EM101, EM102 - `Unfit` takes facts, not a message
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from .problems import Unfit, listed, nearest
from .redaction import remember
from .secrets import Secret

EXPECTED: Final = '{ env = "NAME" } or { file = "path" }'
WORDS: Final = frozenset({"password", "passphrase", "passwd", "secret", "secrets", "token", "apikey", "credential", "credentials"})
"""A setting whose name holds one of these takes a secret, or an array of them."""
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,255}", re.ASCII)
_LARGEST: Final = 64 * 1024


def names_a_secret(name: str) -> bool:
    """Whether a setting of this name must be a secret."""
    words = name.lower().replace("-", "_").split("_")
    return not WORDS.isdisjoint(words) or words[-2:] == ["api", "key"] or words[-1:] == ["apikey"]


def is_reference(raw: object) -> bool:
    """Whether a value of the file has the form of a secret's whereabouts."""
    return isinstance(raw, Mapping) and len(raw) == 1 and next(iter(raw)) in {"env", "file"}


def read_secret(raw: object, env: Mapping[str, str], folder: Path | None) -> Secret:
    """The secret that `raw` points to. Relative files are looked up in `folder`. `Unfit` never repeats a value."""
    if isinstance(raw, str):
        raise Unfit("the secret itself (not shown)", f"where to find it, {EXPECTED}: the site file is copied into every recording")
    if not isinstance(raw, Mapping):
        raise Unfit("something else (not shown)", EXPECTED)
    if len(raw) != 1:
        raise Unfit(f"a table of {len(raw)}", EXPECTED)
    ((source, name),) = raw.items()
    if source not in {"env", "file"}:
        raise Unfit("an unknown key (not shown)", listed(("env", "file")), nearest(str(source), ("env", "file")))
    if not isinstance(name, str) or not name or "\0" in name:
        raise Unfit("no name", EXPECTED)
    secret = _from_env(name, env) if source == "env" else _from_file(name if folder is None else folder / name)
    remember(secret.reveal())
    return secret


def _from_env(name: str, env: Mapping[str, str]) -> Secret:
    if not _VARIABLE.fullmatch(name):
        raise Unfit("a name that no variable has (not shown)", "the name of a variable of the environment, not the secret itself")
    value = env.get(name)
    if not value:
        what = "is empty" if value == "" else "is not set"
        raise Unfit(f"the variable {name}, which {what}", "a variable of the environment that holds the secret")
    return Secret(value)


def _from_file(path: str | Path) -> Secret:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise Unfit(f"the file {path}: {error.strerror}", "a file that we can read") from None
    try:
        _check(path, os.fstat(descriptor))
        content = os.read(descriptor, _LARGEST + 1)
    finally:
        os.close(descriptor)
    try:
        value = content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise Unfit(f"{path}, which is no UTF-8 text", "a file of text") from None
    if not value or len(content) > _LARGEST:
        raise Unfit(f"{path}, which is {'too large' if value else 'empty'}", f"a secret of 1 to {_LARGEST} bytes")
    return Secret(value)


def _check(path: str | Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise Unfit(f"{path}, which is no regular file", "a file")
    if status.st_uid != os.geteuid():
        raise Unfit(
            f"{path}, which belongs to user {status.st_uid}", f"a file of our own, user {os.geteuid()}: chown {os.geteuid()} {path}"
        )
    if status.st_mode & 0o077:
        raise Unfit(f"{path}, whose mode is {stat.S_IMODE(status.st_mode):04o}", f"mode 0600: chmod 600 {path}")
