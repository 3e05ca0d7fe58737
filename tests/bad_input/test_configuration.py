"""Site files that cannot be used: every one is refused with its file, its key, what was found, what was expected and the nearest name."""

import time
from pathlib import Path

import pytest
from corpus.configuration import SMALL, SiteFile
from corpus.lines import HERE, written
from msgspec import json

from hotzone.config import ConfigError, load
from support.bad_input import Run

CASES = [json.decode(text, type=SiteFile) for text in (HERE / "configuration.jsonl").read_bytes().splitlines()]
LIMIT_S = 5.0
"""Of processor time for the worst of them."""


def put(case: SiteFile, folder: Path) -> Path:
    """The site file, and the secret beside it."""
    path = folder / "site.toml"
    path.write_bytes(b"" if case.whole else SMALL.encode())
    with path.open("ab") as file:
        file.write(written(case.text))
    if case.secret is not None:
        secret = folder / "secret.txt"
        secret.write_text(case.secret)
        secret.chmod(int(case.mode, 8))
    return path


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.entry}: {case.id}")
def test_a_bad_site_file_is_refused_by_place_finding_expectation_and_nearest_name(case: SiteFile, tmp_path: Path) -> None:
    path = put(case, tmp_path)
    began = time.process_time()
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert time.process_time() - began < LIMIT_S
    fitting = [one for one in caught.value.problems if one.key == case.key and case.found in one.found and case.expected in one.expected]
    assert fitting, str(caught.value)
    assert case.nearest in {one.nearest for one in fitting}
    assert {one.file for one in caught.value.problems} == {str(path)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.entry}: {case.id}")
def test_what_is_said_of_it_is_short_can_be_printed_and_keeps_the_secret(case: SiteFile, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(put(case, tmp_path))
    text = str(caught.value)
    assert len(text) < 20_000
    assert all(line.isprintable() for line in text.splitlines())
    assert case.secret is None or case.secret not in text


@pytest.mark.parametrize(("words", "code"), [("check site.toml", 1), ("run --site site.toml", 2), ("simulate --site site.toml", 2)])
def test_a_command_says_the_same_and_fails(words: str, code: int, tmp_path: Path, run: Run) -> None:
    case = next(case for case in CASES if case.nearest == "above")
    put(case, tmp_path)
    ended, out, complaint = run(*words.split())
    assert ended == code
    for word in ("site.toml: 1 problem", case.key, case.found, "nearest   above"):
        assert word in out + complaint


def test_a_secret_that_only_its_owner_may_read_is_taken(tmp_path: Path) -> None:
    case = next(case for case in CASES if case.secret is not None)
    path = put(case, tmp_path)
    (tmp_path / "secret.txt").chmod(0o600)
    assert load(path).broker.password is not None
    assert case.secret is not None
    assert case.secret not in repr(load(path))
