"""Secrets: where they may come from, and that they never show."""

from pathlib import Path

import pytest

from hotzone.config import ConfigError, Secret, load, loads
from hotzone.config.describe import Node, describe
from support.site_text import SMALL, problems_of, site_of

CANARY = "correct-horse-battery"


def text_of(node: Node) -> str:
    return "\n".join([node.label, *map(text_of, node.children)])


def site_file(folder: Path, name: str = "password") -> Path:
    path = folder / "site.toml"
    path.write_text(f'{SMALL}[broker]\npassword = {{ file = "{name}" }}')
    return path


def secret_file(folder: Path, content: str = f"{CANARY}\n", mode: int = 0o600) -> Path:
    path = folder / "password"
    path.write_text(content)
    path.chmod(mode)
    return path


def test_a_password_comes_from_the_environment() -> None:
    site = site_of(SMALL + '[broker]\npassword = { env = "PW" }', PW=CANARY)
    assert site.broker.password == Secret(CANARY)


def test_a_password_comes_from_a_file_of_our_own_beside_the_site_file(tmp_path: Path) -> None:
    secret_file(tmp_path)
    assert load(site_file(tmp_path), {}).broker.password == Secret(CANARY)


def test_a_secret_shows_nowhere() -> None:
    site = site_of(SMALL + '[broker]\npassword = { env = "PW" }\n[handlers.page.options]\ntoken = { env = "PW" }', PW=CANARY)
    assert site.handlers[0].options == {"token": Secret(CANARY)}
    assert CANARY not in repr(site)
    assert CANARY not in text_of(describe(site))
    assert CANARY not in site.source


@pytest.mark.parametrize(
    "text",
    [
        f'[broker]\npassword = "{CANARY}"',
        f'[broker]\npassword = {{ env = "{CANARY}" }}',
        f'[broker]\npassword = {{ value = "{CANARY}" }}',
        f'[broker]\npassword = ["{CANARY}"]',
        f'[broker]\npasword = "{CANARY}"',
        f'[broker]\nurl = "mqtt://me:{CANARY}@broker"',
        f'[handlers.page.options]\ntoken = "{CANARY}"',
        f'[handlers.page.options.smtp]\npassword = "{CANARY}"',
        f'[handlers.page.options]\napi_key = ["{CANARY}"]',
    ],
)
def test_a_secret_in_the_file_is_an_error_that_does_not_repeat_it(text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        loads(SMALL + text)
    assert CANARY not in str(raised.value)
    assert CANARY not in repr(raised.value.problems)


def test_the_error_for_a_plain_password_says_how() -> None:
    problem = problems_of(SMALL + '[broker]\npassword = "x"')["broker.password"]
    assert '{ env = "NAME" } or { file = "path" }' in problem.expected


@pytest.mark.parametrize(("env", "found"), [({}, "not set"), ({"PW": ""}, "empty")])
def test_a_variable_must_hold_something(env: dict[str, str], found: str) -> None:
    assert found in problems_of(SMALL + '[broker]\npassword = { env = "PW" }', **env)["broker.password"].found


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_file_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    secret_file(tmp_path, mode=mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        load(site_file(tmp_path), {})


def test_a_file_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret_file(tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: 54321)
    with pytest.raises(ConfigError, match="user 54321"):
        load(site_file(tmp_path), {})


@pytest.mark.parametrize(
    ("name", "content", "found"), [("gone", "x", "No such file"), (".", "x", "no regular file"), ("password", "\n", "empty")]
)
def test_a_file_must_hold_something(tmp_path: Path, name: str, content: str, found: str) -> None:
    secret_file(tmp_path, content)
    with pytest.raises(ConfigError, match=found):
        load(site_file(tmp_path, name), {})


def test_a_recorded_site_is_read_where_its_secrets_are_not() -> None:
    text = SMALL + '[broker]\npassword = { env = "GONE" }\n[handlers.page.options]\ntoken = { file = "gone" }'
    site = loads(text, env={}, secrets=False)
    assert site.broker.password is None
    assert site.handlers[0].options == {"token": Secret("")}
