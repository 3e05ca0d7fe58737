"""The folder that `hotzone certs` makes: what is in it, who may read it, and what becomes of it the second time."""

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotzone.app.access.authority import Authority, facts, issued_by, revoked
from hotzone.app.access.folder import broker_section, make_folder
from hotzone.app.access.mosquitto import configuration
from hotzone.app.errors import UserError
from support.access import wish
from support.sites import site, unit, zone

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SITE = site(zone("A1", 2), units=[unit("crac-1", ["A1"])])
EVERYBODY = {"hotzone", "operator", "r0", "r1", "crac-1"}


def test_everybody_gets_a_certificate_and_nobody_else_can_read_a_key(tmp_path: Path) -> None:
    made = make_folder(tmp_path, wish(SITE), NOW)
    assert set(made.issued) == {*EVERYBODY, "broker"}
    assert {path.stem for path in (tmp_path / "clients").glob("*.crt")} == EVERYBODY
    keys = list(tmp_path.rglob("*.key"))
    assert len(keys) == len(EVERYBODY) + 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*") if path.is_dir()} == {0o700}


def test_the_broker_gets_no_key_of_an_authority(tmp_path: Path) -> None:
    make_folder(tmp_path, wish(SITE), NOW)
    assert sorted(path.name for path in (tmp_path / "broker").iterdir()) == [
        "acl",
        "broker.crt",
        "broker.key",
        "data",
        "devices-authority.crl",
        "devices-authority.crt",
        "hotzone-authority.crl",
        "hotzone-authority.crt",
        "mosquitto.conf",
    ]


def test_a_second_time_keeps_what_is_good_and_adds_what_is_new(tmp_path: Path) -> None:
    make_folder(tmp_path, wish(SITE), NOW)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.crt")}
    made = make_folder(tmp_path, wish(site(zone("A1", 3), units=SITE.units)), NOW + timedelta(days=30))
    assert made.issued == ("r2",)
    assert set(made.kept) == EVERYBODY
    assert {path: path.read_bytes() for path in before} == before
    assert "user r2\n" in (tmp_path / "broker" / "acl").read_text()


def test_a_certificate_that_ends_soon_is_renewed_with_a_new_key(tmp_path: Path) -> None:
    make_folder(tmp_path, wish(SITE, days=100), NOW)
    key = (tmp_path / "clients" / "r0.key").read_bytes()
    made = make_folder(tmp_path, wish(SITE, days=100), NOW + timedelta(days=41))
    assert set(made.issued) == {*EVERYBODY, "broker"}
    assert facts((tmp_path / "clients" / "r0.crt").read_bytes()).until == NOW + timedelta(days=141)
    assert (tmp_path / "clients" / "r0.key").read_bytes() != key


def test_another_name_of_the_broker_makes_another_certificate_for_it(tmp_path: Path) -> None:
    make_folder(tmp_path, wish(SITE), NOW)
    made = make_folder(tmp_path, wish(SITE, hosts=("broker.example", "10.0.0.1")), NOW)
    assert made.issued == ("broker",)
    assert facts((tmp_path / "broker" / "broker.crt").read_bytes()).hosts == {"broker.example", "10.0.0.1"}


def test_what_was_taken_back_stays_on_the_list_and_is_replaced(tmp_path: Path) -> None:
    make_folder(tmp_path, wish(SITE), NOW)
    serials = [facts((tmp_path / "clients" / f"{name}.crt").read_bytes()).serial for name in ("r0", "r1")]
    first = make_folder(tmp_path, wish(SITE, revoke=("r0",)), NOW)
    assert (first.revoked, first.issued) == (("r0",), ("r0",))
    make_folder(tmp_path, wish(SITE, revoke=("r1",)), NOW)
    for path in ("broker/devices-authority.crl", "authority/devices.crl"):
        assert revoked((tmp_path / path).read_bytes()) == set(serials)
    assert revoked((tmp_path / "broker/hotzone-authority.crl").read_bytes()) == set()


def test_who_is_in_the_site_no_more_is_named_and_can_be_shut_out(tmp_path: Path) -> None:
    make_folder(tmp_path, wish(SITE, operators=("ann", "bob")), NOW)
    assert make_folder(tmp_path, wish(SITE, operators=("ann",)), NOW).strangers == ("bob",)
    assert "bob" not in (tmp_path / "broker" / "acl").read_text()
    made = make_folder(tmp_path, wish(SITE, operators=("ann",), revoke=("bob",)), NOW)
    assert (made.strangers, made.issued) == ((), ())
    assert not (tmp_path / "clients" / "bob.key").exists()


def test_to_revoke_somebody_unknown_names_the_nearest_and_changes_nothing(tmp_path: Path) -> None:
    make_folder(tmp_path, wish(SITE), NOW)
    with pytest.raises(UserError, match=r"--revoke crac-11: there is no such certificate in .*; nearest is crac-1$"):
        make_folder(tmp_path, wish(SITE, revoke=("crac-11",)), NOW)
    assert revoked((tmp_path / "broker/devices-authority.crl").read_bytes()) == set()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"operators": ("../x",)}, "--operator '../x'"),
        ({"operators": ("a\nuser b",)}, "--operator"),
        ({"operators": ("",)}, "--operator"),
        ({"hosts": ("a b",)}, "--host 'a b' is neither"),
        ({"at": Path("/etc/my broker")}, "no path with a space"),
        ({"at": Path("/etc/x\nallow_anonymous true")}, "no path with a space"),
    ],
)
def test_what_could_mean_something_else_in_a_file_of_the_broker_is_refused(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(UserError, match=said):
        make_folder(tmp_path / "made", wish(SITE, **changes), NOW)
    assert not (tmp_path / "made").exists()


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "authority").mkdir()
    for kind in ("crt", "key"):
        (tmp_path / "authority" / f"hotzone.{kind}").write_text("mine")
    with pytest.raises(UserError, match="name another folder"):
        make_folder(tmp_path, wish(SITE), NOW)
    assert (tmp_path / "authority" / "hotzone.key").read_text() == "mine"


@pytest.mark.parametrize("part", ["authority", "clients"])
@pytest.mark.parametrize("how", ["link", "open"])
def test_no_key_goes_where_others_may_write(tmp_path: Path, part: str, how: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = tmp_path / "made"
    folder.mkdir()
    if how == "link":
        (folder / part).symlink_to(elsewhere)
    else:
        (folder / part).mkdir()
        (folder / part).chmod(0o777)
    with pytest.raises(UserError, match="name another folder"):
        make_folder(folder, wish(SITE), NOW)
    assert list(tmp_path.rglob("*.key")) == []


@pytest.mark.parametrize(("user", "at", "stays"), [(0, None, True), (1000, None, False), (0, Path("/etc/mosquitto/hotzone"), False)])
def test_a_broker_to_try_with_that_root_starts_stays_root_as_only_root_may_read_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, at: Path | None, stays: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr("hotzone.app.access.folder._check_ours", lambda _: None)
    make_folder(tmp_path, wish(SITE, at=at), NOW)
    assert ("user root" in (tmp_path / "broker" / "mosquitto.conf").read_text().splitlines()) is stays


def test_the_two_authorities_do_not_vouch_for_each_others(tmp_path: Path) -> None:
    make_folder(tmp_path, wish(SITE), NOW)
    pem = {name: (tmp_path / "clients" / f"{name}.crt").read_bytes() for name in ("hotzone", "r0", "operator")}
    for name, authority in (("hotzone", "hotzone"), ("r0", "devices"), ("operator", "devices")):
        certificate, key = ((tmp_path / "authority" / f"{authority}.{kind}").read_bytes() for kind in ("crt", "key"))
        issuer = Authority(Authority.make("x", NOW).pair._replace(certificate=certificate, key=key))
        assert [other for other in pem if issued_by(pem[other], issuer)] == (
            ["hotzone"] if authority == "hotzone" else ["r0", "operator"]
        ), name


def test_the_shipped_configuration_gets_the_ports_and_the_paths_of_the_place() -> None:
    shipped = configuration()
    assert configuration(Path("/etc/mosquitto/hotzone")) == shipped
    moved = configuration(Path("/srv/broker"), 8884)
    assert "/etc/mosquitto" not in moved
    assert "persistence_location /srv/broker/data/" in moved
    assert [line for line in moved.splitlines() if line.startswith("listener")] == ["listener 8884", "listener 8885"]
    assert len(moved.splitlines()) == len(shipped.splitlines())
    assert "max_connections 900\n" in moved
    assert "max_connections 2480\n" in configuration(connections=2480)


def test_the_lines_for_the_site_file_are_what_a_site_file_takes(tmp_path: Path) -> None:
    text = "\n".join(broker_section(tmp_path, "::1", 8883))
    assert 'url = "mqtts://[::1]:8884"' in text
    assert f'cert_file = "{tmp_path}/clients/hotzone.crt"' in text
