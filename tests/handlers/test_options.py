"""Typed options: what a handler class declares, and what is told of a mistake."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import pytest
from msgspec import Meta, Struct

from hotzone.config.loader import loads
from hotzone.config.problems import ConfigError, Unfit
from hotzone.config.secrets import Secret
from hotzone.config.service import HandlerConfig
from hotzone.config.units import MINUTE, SECOND
from hotzone.handlers.options import Duration, label, read_options
from support.site_text import SMALL

CANARY = "canary-4711"


class Tone(StrEnum):
    SOFT = "soft"
    LOUD = "loud"


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    number: str
    after: Annotated[int, Duration(0, MINUTE)] = 0


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: str
    every: Annotated[int, Duration(SECOND, 10 * MINUTE)] = MINUTE
    attempts: Annotated[int, Meta(ge=1, le=5)] = 3
    share: Annotated[float, Meta(ge=0, le=1)] = 0.5
    quiet: bool = False
    tone: Tone = Tone.SOFT
    way: Literal["call", "text"] = "call"
    folder: Path | None = None
    token: Secret | None = None
    secrets: tuple[Secret, ...] = ()
    lines: tuple[Line, ...] = ()
    headers: dict[str, str] = {}
    where: str | Secret = ""
    code: Annotated[str, Meta(pattern=r"^\d+$")] = "1"


def config(**options: object) -> HandlerConfig:
    return HandlerConfig(name="pager", use="pager", options={"url": "x", **options}, file="dc.toml", folder="/etc/hotzone")


def problems(**options: object) -> dict[str, tuple[str, str, str | None]]:
    with pytest.raises(ConfigError) as raised:
        read_options(Options, config(**options))
    assert all(problem.file == "dc.toml" for problem in raised.value.problems)
    return {problem.key: (problem.found, problem.expected, problem.nearest) for problem in raised.value.problems}


def test_what_is_left_out_takes_its_default() -> None:
    assert read_options(Options, config()) == Options(url="x")


def test_every_type_arrives_as_the_handler_declared_it() -> None:
    read = read_options(
        Options,
        config(
            every="90s",
            share=1,
            quiet=True,
            tone="loud",
            way="text",
            folder="spool",
            token=Secret("t"),
            secrets=[Secret("a"), Secret("b")],
            lines=[{"number": "7", "after": "10s"}],
            headers={"x": "y"},
            where=Secret("u"),
        ),
    )
    assert (read.every, read.share, read.quiet, read.tone, read.way) == (90 * SECOND, 1.0, True, Tone.LOUD, "text")
    assert read.folder == Path("/etc/hotzone/spool")
    assert (read.token, read.secrets, read.where) == (Secret("t"), (Secret("a"), Secret("b")), Secret("u"))
    assert read.lines == (Line(number="7", after=10 * SECOND),)
    assert read.headers == {"x": "y"}


def test_what_a_handler_hears_stands_beside_its_own_options() -> None:
    assert read_options(Options, config(events="sensor.*", min_priority="high")) == Options(url="x")


def test_a_wrong_name_is_told_with_the_nearest_and_a_missing_one_with_what_it_takes() -> None:
    with pytest.raises(ConfigError) as raised:
        read_options(Options, HandlerConfig(name="pager", use="pager", options={"urll": "x"}, file="dc.toml"))
    found = {problem.key: problem for problem in raised.value.problems}
    assert found["[handlers.pager.options] urll"].nearest == "url"
    assert "attempts, code, events, every" in found["[handlers.pager.options] urll"].expected
    assert found["[handlers.pager.options] url"].found == "nothing"
    assert found["[handlers.pager.options] url"].expected == "a text"


@pytest.mark.parametrize(
    ("name", "value", "found", "expected"),
    [
        ("every", 10, "10", "a duration such as"),
        ("every", "1h", '"1h"', "1s to 10m"),
        ("attempts", 9, "9", "a whole number from 1 to 5"),
        ("attempts", True, "true", "a whole number from 1 to 5"),
        ("share", 2, "2", "a number from 0 to 1"),
        ("share", float("nan"), "nan", "a number from 0 to 1"),
        ("quiet", 1, "1", "true or false"),
        ("tone", "lout", '"lout"', '"soft" or "loud"'),
        ("way", "cal", '"cal"', '"call" or "text"'),
        ("url", 7, "7", "a text"),
        ("url", {"a": 1}, "a table of 1", "a text"),
        ("url", Secret(CANARY), "a secret", "this is written as it is"),
        ("folder", 7, "7", "a path"),
        ("token", CANARY, "something else (not shown)", "{ env ="),
        ("secrets", Secret("x"), "a secret", "an array of secret"),
        ("headers", [1], "an array of 1", "a table"),
        ("lines", "x", '"x"', "an array of table"),
        ("where", 7, "7", "a text"),
        ("code", "x", '"x"', "regex"),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_what_was_expected(name: str, value: object, found: str, expected: str) -> None:
    told = problems(**{name: value})[f"[handlers.pager.options] {name}"]
    assert told[0] == found
    assert expected in told[1]
    assert CANARY not in str(told)


def test_every_mistake_is_told_at_once_also_within_tables() -> None:
    told = problems(attempts=0, every="x", lines=[{"number": "1"}, {"numer": "2"}], headers={"a": 1})
    assert sorted(key.split("] ")[1] for key in told) == ["attempts", "every", "headers.a", "lines.1.number", "lines.1.numer"]
    assert told["[handlers.pager.options] lines.1.numer"][2] == "number"


def test_what_does_not_go_together_is_told_by_the_struct_itself() -> None:
    class Both(Struct, frozen=True):
        a: bool = False
        b: bool = False

        def __post_init__(self) -> None:
            if self.a and self.b:
                msg = "a or b, not both"
                raise ValueError(msg)

    class Less(Both, frozen=True):
        def __post_init__(self) -> None:
            raise Unfit("less", "more")  # noqa: EM101  the end of a sentence

    where = HandlerConfig(name="x", use="x", options={"a": True, "b": True})
    with pytest.raises(ConfigError, match=r"a or b, not both") as raised:
        read_options(Both, where)
    assert raised.value.problems[0].key == "[handlers.x.options]"
    with pytest.raises(ConfigError, match=r"expected  more"):
        read_options(Less, where)


@pytest.mark.parametrize("kind", [dict, int, type("Loose", (Struct,), {})])
def test_options_that_are_no_frozen_struct_are_the_handlers_own_mistake(kind: type) -> None:
    with pytest.raises(TypeError, match=r"frozen msgspec\.Struct"):
        read_options(kind, config())


def test_a_site_file_gives_paths_and_secrets_of_arrays(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(CANARY)
    (tmp_path / "key").chmod(0o600)
    text = '[handlers.pager.options]\nurl = "x"\nfolder = "f"\nsecrets = [{ env = "A" }, { file = "key" }]\n'
    (handler,) = loads(SMALL + text, file_name="dc.toml", env={"A": "a"}, folder=tmp_path).handlers
    read = read_options(Options, handler)
    assert read.folder == tmp_path / "f"
    assert [secret.reveal() for secret in read.secrets] == ["a", CANARY]
    assert CANARY not in repr(read)


@pytest.mark.parametrize("value", [f'["{CANARY}"]', f'"{CANARY}"', "[7]"])
def test_secrets_in_the_file_itself_are_refused(value: str) -> None:
    with pytest.raises(ConfigError) as raised:
        loads(SMALL + f"[handlers.pager.options]\nsecrets = {value}\n")
    assert CANARY not in str(raised.value)


@pytest.mark.parametrize(
    ("hint", "name"),
    [
        (Annotated[int, Duration()], "duration"),
        (str | None, "text"),
        (str | Secret, "text or secret"),
        (tuple[Secret, ...], "array of secret"),
        (Literal["a", "b"], "`a` \\| `b`"),
        (Tone, "`soft` \\| `loud`"),
        (Line, "table"),
        (Path, "path"),
    ],
)
def test_a_type_has_a_name_for_people(hint: object, name: str) -> None:
    assert label(hint) == name
