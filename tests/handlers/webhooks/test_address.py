"""Which addresses we connect to, and which URLs are one only."""

import pytest

from hotzone.config.problems import Unfit
from hotzone.handlers.webhooks import Url, is_allowed
from hotzone.handlers.webhooks.address import parse

INTERNAL = [
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.1.2.3",
    "::1",
    "fd00::1",
]
NEVER = [
    "0.0.0.0",  # noqa: S104  nobody listens there
    "0.1.2.3",
    "169.254.169.254",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "2001::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "3fff::1",
    "64:ff9b:1::7f00:1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "::7f00:1",
    "100::1",
    "5f00::1",
    "localhost",
    "",
    "1",
]
MAPPED = ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::c0a8:101"]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "172.15.0.1",
    "172.32.0.1",
    "100.63.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::101:101",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    assert is_allowed(address)
    assert is_allowed(address, internal=True)


@pytest.mark.parametrize("address", [*INTERNAL, *MAPPED])
def test_our_own_are_allowed_when_the_site_file_says_so(address: str) -> None:
    assert not is_allowed(address)
    assert is_allowed(address, internal=True)


@pytest.mark.parametrize("address", NEVER)
def test_others_are_never_allowed(address: str) -> None:
    assert not is_allowed(address)
    assert not is_allowed(address, internal=True)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/hook?x=1",
        "http://example.org:8080",
        "https://xn--mnchen-3ya.example/",
        "https://a_b.example.org./x",
        "https://1.1.1.1/",
        "https://[2606:4700::1111]:8443/x",
        "https://example.org/%20%0d%0a",
        "https://9front.example/",
    ],
)
def test_a_usual_url_is_taken_as_written(url: str) -> None:
    assert Url().read(url) == url
    assert str(parse(url)) == url


@pytest.mark.parametrize(
    "url",
    [
        7,
        "",
        "example.org",
        "https:/example.org",
        "ftp://example.org/",
        "file:///etc/passwd",
        "HTTPS://example.org",
        "https://",
        "https:///x",
        "https://user@example.org/",
        "https://example.org@127.0.0.1/",
        "https://127.0.0.1\\@example.org/",
        "https://example.org#@127.0.0.1/",
        "https://example.org/#x",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://127.0.0.1./",
        "https://127.0.0.0x1/",
        "https://1.2.3.4.5/",
        "https://256.1.1.1/",
        "https://①②⑦.⓪.⓪.①/",
        "https://１２７.0.0.1/",
        "https://localhost。example/",
        "https://münchen.example/",
        "https://exa mple.org/",
        "https://example.org/\r\nHost: x",
        "https://example.org\t/",
        "https://example.org:0/",
        "https://example.org:65536/",
        "https://example.org:80:81/",
        "https://example.org:8a/",
        "https://example.org:٣/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://[::1]x/",
        "https://[v1.x]/",
        "https://-x.example/",
        "https://a..b/",
        "https://%31%32%37.0.0.1/",
        "https://{x}.example/",
        "https://example.org/" + "x" * 2000,
    ],
)
def test_an_odd_url_is_refused_and_not_repeated(url: object) -> None:
    with pytest.raises(Unfit) as raised:
        Url().read(url)
    assert "://" not in raised.value.found
