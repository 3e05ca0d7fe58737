import socket

import pytest

from hotzone.sensors.mqtt.address import Address, parse_url, watch_connection


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://broker", Address("broker", 1883, tls=False)),
        ("mqtts://broker", Address("broker", 8883, tls=True)),
        ("mqtt://127.0.0.1:1884/", Address("127.0.0.1", 1884, tls=False)),
        ("mqtt://[::1]:1884", Address("::1", 1884, tls=False)),
    ],
)
def test_a_url_names_host_port_and_encryption(url: str, address: Address) -> None:
    assert parse_url(url) == address


@pytest.mark.parametrize(
    "url", ["broker:1883", "http://broker", "mqtt://", "mqtt://broker/path", "mqtt://me:secret@broker", "mqtt://b:99999"]
)
def test_what_is_no_broker_url_is_refused_without_showing_a_password(url: str) -> None:
    with pytest.raises(ValueError, match=r".+") as caught:
        parse_url(url)
    assert "secret" not in str(caught.value)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this system has no TCP_USER_TIMEOUT")
def test_the_kernel_watches_the_connection() -> None:
    with socket.socket() as sock:
        watch_connection(sock)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 5000
