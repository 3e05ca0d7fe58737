"""Signatures, read by the reference library of Standard Webhooks."""

from base64 import b64encode
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from hotzone.config.problems import Unfit
from hotzone.config.secrets import Secret
from hotzone.handlers.webhooks import Signer
from hotzone.handlers.webhooks.signature import header_id

ONE, TWO = (f"whsec_{b64encode(bytes([value]) * 32).decode()}" for value in (1, 2))
BODY = b'{"type":"alarm.raised"}'
ID = "alarm.raised:A1:high@1700000000000000000"


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def test_the_published_example_gives_the_published_signature() -> None:
    signer = Signer([Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")])
    headers = signer.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("key", [ONE, TWO])
def test_the_receiver_may_hold_either_key_while_they_change(key: str) -> None:
    headers = Signer([Secret(ONE), Secret(TWO)]).headers(ID, now(), BODY)
    assert Webhook(key).verify(BODY, headers) == {"type": "alarm.raised"}


@pytest.mark.parametrize("what", ["body", "webhook-id", "webhook-timestamp", "webhook-signature", "key", "age"])
def test_whatever_was_tampered_with_shows(what: str) -> None:
    headers = Signer([Secret(ONE)]).headers(ID, now() - (301 if what == "age" else 0), BODY)
    body, key = BODY, ONE
    match what:
        case "body":
            body = BODY + b" "
        case "key":
            key = TWO
        case "webhook-timestamp":
            headers[what] = str(int(headers[what]) + 1)
        case "webhook-id":
            headers[what] += "x"
        case "webhook-signature":
            headers[what] = "v1," + "A" * 43 + "="
    with pytest.raises(WebhookVerificationError):
        Webhook(key).verify(body, headers)


def test_without_keys_it_is_not_signed_and_still_has_its_id() -> None:
    assert Signer([]).headers(ID, 7, BODY) == {"webhook-id": ID, "webhook-timestamp": "7"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "secret",
        ONE.removeprefix("whsec_"),
        "whsec_",
        "whsec_!!!",
        "whsec_" + b64encode(b"short").decode(),
        "whsec_" + b64encode(b"x" * 65).decode(),
    ],
)
def test_a_key_of_another_form_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(Unfit) as raised:
        Signer([Secret(text)])
    assert not text or text not in raised.value.found
    assert "whsec_" in raised.value.expected


@pytest.mark.parametrize("name", ["note:fault:x\r\nX: y@5", "note:é@5", "x" * 257, ""])
def test_an_id_that_no_header_takes_stands_as_its_digest(name: str) -> None:
    assert header_id(name).startswith("msg_")
    assert header_id(name) == header_id(name)
    assert header_id(name) != header_id(name + "x")
