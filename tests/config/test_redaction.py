"""What was read as a secret is in no text that leaves, whole or in the parts that matter."""

from pathlib import Path

import pytest

from hotzone.config import redaction
from hotzone.config.redaction import redacted, remember
from hotzone.config.secret_source import read_secret


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins with nothing known."""
    monkeypatch.setattr(redaction, "_known", [])


def test_what_is_not_known_is_left_alone() -> None:
    assert redacted("correct horse battery staple") == "correct horse battery staple"


@pytest.mark.parametrize(
    ("secret", "text", "left"),
    [
        ("correct horse", "login with correct horse failed", "login with *** failed"),
        ("correct horse", "GET /?p=correct%20horse", "GET /?p=***"),
        ("Bearer abcdef0123456789", "token abcdef0123456789 is unknown", "token *** is unknown"),
        ("Bearer abcdef0123456789", "Bearer and nothing behind it", "Bearer and nothing behind it"),
        ("https://hooks.example/services/T01ABCDEF/xyz98765", "no route /services/T01ABCDEF/xyz98765", "no route ***"),
        ("https://hooks.example/services/T01ABCDEF/xyz98765", "unknown token xyz98765", "unknown token ***"),
        ("https://hooks.example/services/T01ABCDEF/xyz98765", "hooks.example has no services", "hooks.example has no services"),
        ("https://api.example/hook?token=s3cr3tvalue", "bad token s3cr3tvalue", "bad token ***"),
        ("http://user:proxypass@proxy:3128", "407 for user:proxypass", "407 for ***"),
        ("abc", "a secret too short to look for: abc", "a secret too short to look for: abc"),
    ],
)
def test_a_secret_and_its_telling_parts_are_masked(secret: str, text: str, left: str) -> None:
    remember(secret)
    assert redacted(text) == left


def test_a_secret_within_another_does_not_leave_the_rest_of_it() -> None:
    remember("password")
    remember("password-and-more")
    assert redacted("password-and-more") == "***"


def test_whatever_a_site_file_points_to_is_known(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file\n")
    (tmp_path / "key").chmod(0o600)
    read_secret({"file": "key"}, {}, tmp_path)
    read_secret({"env": "KEY"}, {"KEY": "from-the-environment"}, None)
    assert redacted("from-a-file from-the-environment") == "*** ***"
