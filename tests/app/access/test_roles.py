"""Names at the broker, and the access list that they get."""

import pytest
from msgspec import structs

from hotzone.app.access import Role, UnfitName, access_list, identities
from hotzone.config.model import Hall, Site
from hotzone.config.service import Broker
from support.sites import site, unit, zone

SITE = site(zone("A1", 1), units=[unit("crac-1", ["A1"])])


def names(known: Site, **more: object) -> list[str]:
    return [identity.name for identity in identities(known, **more)]


def with_gateway(known: Site, name: str) -> Site:
    """The site with all its thermometers behind one gateway."""

    def moved(hall: Hall) -> Hall:
        zones = tuple(
            structs.replace(
                zone,
                racks=tuple(
                    structs.replace(rack, sensors=tuple(structs.replace(sensor, gateway=name) for sensor in rack.sensors))
                    for rack in zone.racks
                ),
            )
            for zone in hall.zones
        )
        return structs.replace(hall, zones=zones)

    return structs.replace(known, halls=tuple(moved(hall) for hall in known.halls))


def test_a_devices_name_is_its_id() -> None:
    assert names(SITE) == ["hotzone", "operator", "r0", "crac-1"]


def test_a_simulated_hall_is_let_in_only_where_it_is_asked_for() -> None:
    assert "simulation" not in names(SITE)
    (found,) = [identity for identity in identities(SITE, simulation=True) if identity.role is Role.SIMULATION]
    assert set(found.writes) == {"hotzone/test/clock", "hotzone/test/note"}
    assert [identity.name for identity in identities(SITE) if "hotzone/test/clock" in identity.writes] == []


@pytest.mark.parametrize("taken", ["hotzone", "simulation", "crac-1", "hotzone-doctor"])
def test_a_gateway_with_a_name_of_somebody_else_is_called_by_its_hall_too(taken: str) -> None:
    assert names(with_gateway(SITE, taken)) == ["hotzone", "operator", f"h.{taken}", "crac-1"]


def test_gateways_of_one_id_in_two_halls_are_told_apart() -> None:
    hall = SITE.halls[0]
    (other,) = structs.replace(
        SITE, halls=(structs.replace(hall, id="g", zones=(structs.replace(zone("B1", 1), hall="g"),), units=()),)
    ).halls
    assert names(structs.replace(SITE, halls=(hall, other))) == ["hotzone", "operator", "h.r0", "g.r0", "crac-1"]


def test_a_name_that_would_be_two_peoples_is_refused() -> None:
    with pytest.raises(UnfitName, match=r"2 would be h\.crac-1 at the broker"):
        identities(with_gateway(SITE, "crac-1"), operators=("h.crac-1",))
    with pytest.raises(UnfitName, match=r"2 would be operator at the broker.*or the operator another name"):
        identities(with_gateway(SITE, "operator"))


@pytest.mark.parametrize("name", ["hotzone", "simulation", "hotzone-doctor", "hotzone-record"])
def test_no_operator_gets_a_name_that_hotzone_connects_under(name: str) -> None:
    with pytest.raises(UnfitName, match=f"an operator called {name} would throw out"):
        identities(SITE, operators=(name,))


def test_a_name_that_no_certificate_can_bear_is_refused() -> None:
    with pytest.raises(UnfitName, match="longer than the 64 characters"):
        identities(with_gateway(structs.replace(SITE, broker=Broker(client_id="g" * 60)), "g" * 60 + "-abc"))


def test_a_unit_that_carries_thermometers_may_publish_them_itself() -> None:
    known = {identity.name: identity for identity in identities(with_gateway(SITE, "crac-1"))}
    assert "dc/h/A1/r0/in" in known["crac-1"].writes
    assert "dc/h/A1/r0/in" in known["h.crac-1"].writes
    assert known["h.crac-1"].reads == ("hotzone/test/confirmed/h/crac-1",)


def test_the_list_is_what_mosquitto_reads_and_gives_each_device_exact_topics() -> None:
    text = access_list("test", identities(SITE))
    assert text.partition("user r0\n")[2].partition("\n\n")[0] == (
        "topic write dc/h/gateways/r0/state\ntopic write dc/h/gateways/r0/readings\ntopic write dc/h/A1/r0/in\ntopic read hotzone/test/confirmed/h/r0"
    )
    crac = text.partition("user crac-1\n")[2].strip().splitlines()
    assert crac == [
        "topic write dc/h/units/crac-1/report",
        "topic write dc/h/units/crac-1/state",
        "topic read dc/h/units/crac-1/command",
        "topic read hotzone/test/heartbeat",
        "topic read hotzone/test/state",
    ]
    assert not [line for line in text.splitlines() if line.startswith("pattern")]
    assert "topic readwrite hotzone/test/probe/#" in text


def test_templates_of_the_site_decide_over_the_topics() -> None:
    topics = structs.replace(SITE.topics, base="own/{site}/x", gateway="gw/{gateway}")
    known = {identity.name: identity for identity in identities(structs.replace(SITE, topics=topics))}
    assert "gw/r0" in known["r0"].writes
    assert "own/test/x/heartbeat" in known["crac-1"].reads
    assert "gw/+" in known["hotzone"].reads
