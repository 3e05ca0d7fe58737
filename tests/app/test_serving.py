"""Where the page is served: on this machine alone, unless there are a certificate and a token."""

import pytest

from hotzone.app.errors import UserError
from hotzone.app.serving import at_address
from hotzone.config import ConfigError, loads
from hotzone.config.service import Http
from support.folded import OPERATOR, token

CLOSED = Http(cert_file="c", key_file="k", tokens=(token("o", OPERATOR, "operate"),))
ZONE = '[halls.h.zones.A]\nlayout = { count = 1, name = "r{n}" }\n'


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        (None, "127.0.0.1", 8780),
        ("127.0.0.1:9000", "127.0.0.1", 9000),
        (":0", "127.0.0.1", 0),
        ("localhost", "localhost", 8780),
        ("127.3.2.1", "127.3.2.1", 8780),
        ("[::1]:9000", "::1", 9000),
        ("[::1]", "::1", 8780),
    ],
)
def test_an_address_on_this_machine_needs_no_leave(text: str | None, host: str, port: int) -> None:
    found = at_address(Http(), text)
    assert (found.host, found.port) == (host, port)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("0.0.0.0:8780", "0.0.0.0"),  # noqa: S104  it is refused
        ("[::]:8780", "::"),
        ("10.0.0.1", "10.0.0.1"),
        ("hall.example:8780", "hall.example"),
        ("127.0.0.1.example:1", "127.0.0.1.example"),
    ],
)
def test_any_other_needs_a_certificate_and_a_token(text: str, host: str) -> None:
    for http in (Http(), Http(cert_file="c", key_file="k"), Http(tokens=CLOSED.tokens)):
        with pytest.raises(UserError, match="needs cert_file, key_file and a token"):
            at_address(http, text)
    assert at_address(CLOSED, text).host == host


@pytest.mark.parametrize("text", ["127.0.0.1:x", "127.0.0.1:70000", "127.0.0.1:-1"])
def test_what_is_no_address_is_told_with_one_that_is(text: str) -> None:
    with pytest.raises(UserError, match=r"expected HOST:PORT, such as 127\.0\.0\.1:8780"):
        at_address(Http(), text)


def test_a_site_file_may_not_open_the_page_either() -> None:
    with pytest.raises(ConfigError, match=r"http\.host"):
        loads(f'name = "s"\n[http]\nhost = "0.0.0.0"\n{ZONE}')
