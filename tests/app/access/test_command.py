"""What `hotzone certs` and `hotzone acl` say, and what they refuse."""

import sys
from pathlib import Path

import pytest

from hotzone.app.access import command
from hotzone.app.access.command import write_access_list, write_certificates
from hotzone.app.errors import UserError
from hotzone.config.loader import load

PLAIN: dict[str, object] = {
    "hosts": (),
    "port": 8883,
    "at": None,
    "operators": ("operator",),
    "simulation": False,
    "days": 825,
    "revoke": (),
}


def made(folder: Path, **changes: object) -> str:
    return write_certificates(folder, "demo", **{**PLAIN, **changes})


def test_it_says_what_was_made_and_what_to_do_with_it(tmp_path: Path) -> None:
    said = made(tmp_path, hosts=("broker.example",))
    assert "issued: hotzone, operator, A1-r01, A1-r02, A1-r03, A1-r04 and 41 more" in said
    assert f"    mosquitto -c {tmp_path}/broker/mosquitto.conf" in said
    assert "mqtts://broker.example:8883" in said
    again = made(tmp_path, hosts=("broker.example",), revoke=("A1-r01",))
    assert "issued: A1-r01\n" in again
    assert "revoked: A1-r01\n" in again
    assert "kept: A1-r02" in again


def test_its_section_for_the_site_file_is_one(tmp_path: Path) -> None:
    section = made(tmp_path, hosts=("broker.example",)).partition("In the site file:\n")[2].partition("\n\n")[0]
    site = tmp_path / "site.toml"
    site.write_text(f'name = "t"\n{section}\n[halls.h1.zones]\nA1 = {{ layout.count = 1 }}\n')
    broker = load(site).broker
    assert broker.url == "mqtts://broker.example:8884"
    assert [Path(path).is_file() for path in (broker.ca_file, broker.cert_file, broker.key_file) if path] == [True, True, True]


def test_an_address_in_a_longer_form_makes_no_new_certificate_each_time(tmp_path: Path) -> None:
    for said in ("issued: ", "kept: "):
        lines = made(tmp_path, hosts=["2001:DB8:0:0::1"]).splitlines()
        assert lines[1].startswith(said)
    assert lines[-1].startswith("Devices and people connect to mqtts://[2001:db8::1]:")


def test_files_that_go_elsewhere_are_to_be_copied_and_the_configuration_is_the_shipped_one(tmp_path: Path) -> None:
    said = made(tmp_path, at=Path("/etc/mosquitto/hotzone"))
    assert f"Copy {tmp_path}/broker to /etc/mosquitto/hotzone" in said
    assert (tmp_path / "broker" / "mosquitto.conf").read_text() == command_configuration()
    assert not (tmp_path / "broker" / "data").exists()


def command_configuration() -> str:
    return (Path(command.__file__).parents[2] / "config" / "mosquitto" / "mosquitto.conf").read_text("utf-8")


def test_without_the_package_it_says_which_extra_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "cryptography" or name.startswith("hotzone.app.access.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(UserError, match=r"pip install 'hotzone\[certs\]'"):
        made(tmp_path)


def test_the_access_list_needs_no_certificates_and_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    text = write_access_list("site.example", ("ann", "bob"), simulation=False)
    assert "user ann\n" in text
    assert "user bob\n" in text
    assert "topic write dc/h1/A2/A2-r03/in-top" in text.partition("user gw-7\n")[2].partition("\n\n")[0].splitlines()
    assert "/clock" not in text.replace("topic read hotzone/example/clock", "")
