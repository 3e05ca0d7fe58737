"""Site files that can be used: values, defaults and inheritance."""

from pathlib import Path

import pytest
from msgspec import structs

from hotzone.config import Secret, load, loads
from hotzone.config.defaults import LIMITS, RATES
from hotzone.config.model import Control, ControlMode, Limit, Priority, QualityRules, Role, Step
from hotzone.config.service import HallSimulation
from hotzone.config.units import HOUR, MINUTE, SECOND
from support.site_text import SMALL, site_of


def limit(text: str, rule: str, zone: int = 0) -> Limit | None:
    return next((limit for limit in site_of(text).zones[zone].limits if limit.rule == rule), None)


def test_a_small_file_gets_every_default() -> None:
    site = site_of(SMALL)
    zone, unit = site.zones[0], site.units[0]
    assert zone.limits == tuple(structs.replace(limit, deadband=1.65) for limit in LIMITS)  # 1 % of -40 to 125 °C
    assert zone.rates == RATES
    assert zone.control == Control()
    assert [rack.id for rack in zone.racks] == ["A1-r01", "A1-r02"]
    assert [sensor.position for sensor in zone.racks[0].sensors] == [
        "in-top",
        "in-middle",
        "in-bottom",
        "out-top",
        "out-middle",
        "out-bottom",
    ]
    assert [sensor.role for sensor in zone.racks[0].sensors] == [Role.INLET] * 3 + [Role.OUTLET] * 3
    assert zone.sensors[0].quality == QualityRules()
    assert (zone.sensors[0].id, zone.sensors[0].topic) == ("A1/A1-r01/in-top", "dc/h1/A1/A1-r01/in-top")
    assert zone.sensors[0].gateway == "A1-r01"
    assert (unit.id, unit.serves, unit.control) == ("crac-1", ("A1",), ControlMode.ADVISE)
    assert unit.command_topic == "dc/h1/units/crac-1/command"
    assert unit.report_topic == "dc/h1/units/crac-1/report"
    assert unit.state_topic == "dc/h1/units/crac-1/state"
    assert site.simulation.halls == {"h1": HallSimulation()}
    assert site.source == SMALL


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("limits.warm.above = 28", 28.0),
        ("halls.h1.limits.warm.above = 28", 28.0),
        ("halls.h1.zones.A1.limits.warm.above = 28", 28.0),
        ("limits.warm.above = 28\nhalls.h1.limits.warm.above = 29", 29.0),
        ("limits.warm.above = 28\nhalls.h1.zones.A1.limits.warm.above = 26", 26.0),
        ("limits.warm.above = 28\nhalls.h1.zones.A1.limits.warm.on_delay = '1s'", 28.0),
    ],
)
def test_the_nearer_limit_wins_key_by_key(table: str, expected: float) -> None:
    text = f'name = "t"\n{table}\nhalls.h1.zones.A1.layout.count = 2'
    found = limit(text, "warm")
    assert found is not None
    assert found.above == expected
    assert found.priority is Priority.LOW


def test_false_takes_an_inherited_limit_away_here_and_nowhere_else() -> None:
    text = SMALL + "limits.low = false\n[halls.h1.zones.A2]\nlayout.count = 1"
    assert limit(text, "low", 0) is None
    assert limit(text, "low", 1) is not None


def test_a_limit_taken_away_may_come_back_below() -> None:
    text = 'name = "t"\nlimits.low = false\n[halls.h1.zones.A1]\nlayout.count = 1\nlimits.low = { below = 15 }'
    found = limit(text, "low")
    assert found is not None
    assert (found.below, found.on_delay) == (15.0, 0)


def test_a_limit_of_ones_own_is_added() -> None:
    found = limit(SMALL + 'limits.scorching = { above = 38.5, priority = "critical", hot = true }', "scorching")
    assert found == Limit(rule="scorching", above=38.5, deadband=1.65, priority=Priority.CRITICAL, hot=True)


def test_every_inherited_table_reaches_the_zone() -> None:
    zone = site_of(
        """
        name = "t"
        statistic.kind = "median"
        presence.quorum = 0.8
        rates.rise.share = 0.5
        [halls.h1]
        statistic.percentile = 80
        control = { kind = "stepwise", steps = [[20, 30], [25.5, 100]] }
        [halls.h1.zones.A1]
        layout.count = 1
        presence.recover = "1m"
        control.cycle = "2s"
        """
    ).zones[0]
    assert (zone.statistic.kind, zone.statistic.percentile) == ("median", 80.0)
    assert (zone.presence.quorum, zone.presence.recover) == (0.8, MINUTE)
    assert zone.rates[0].share == 0.5
    assert (zone.control.kind, zone.control.steps, zone.control.cycle) == ("stepwise", (Step(20.0, 30.0), Step(25.5, 100.0)), 2 * SECOND)


def test_quality_comes_down_to_the_single_thermometer() -> None:
    zone = site_of(
        """
        name = "t"
        quality = { period = "20s", confirm = 4 }
        sensors.in-top.quality.skew = "1s"
        [halls.h1.zones.A1]
        layout.count = 2
        quality.smoothing = "0s"
        [halls.h1.zones.A1.racks.A1-r02]
        quality.period = "1s"
        sensors.in-top.quality.quantum = 0.5
        sensors.in-bottom = false
        sensors.in-lid = true
        """
    ).zones[0]
    first, second = zone.racks
    assert first.sensors[0].quality == QualityRules(
        period=20 * SECOND, confirm=4, skew=SECOND, smoothing=0, stale_after=MINUTE, late_after=40 * SECOND
    )
    assert second.sensors[0].quality == QualityRules(
        period=SECOND, confirm=4, skew=SECOND, smoothing=0, quantum=0.5, stale_after=4 * SECOND, late_after=2 * SECOND
    )
    assert [sensor.position for sensor in second.sensors] == ["in-top", "in-middle", "out-top", "out-middle", "out-bottom", "in-lid"]
    assert len(first.sensors) == 6


def test_a_list_says_which_thermometers_there_are() -> None:
    zone = site_of(SMALL + 'sensors = ["in-top", "out-top"]').zones[0]
    assert [sensor.id for sensor in zone.sensors] == ["A1/A1-r01/in-top", "A1/A1-r01/out-top", "A1/A1-r02/in-top", "A1/A1-r02/out-top"]


def test_a_role_may_be_said_and_a_topic_too() -> None:
    sensor = site_of(SMALL + 'sensors = { left = { role = "inlet", topic = "bms/{rack}/t1" } }').zones[0].racks[0].sensors[-1]
    assert (sensor.role, sensor.topic) == (Role.INLET, "bms/A1-r01/t1")


def test_stuck_detection_can_be_switched_off() -> None:
    assert site_of(SMALL + "quality.stuck_after = false").sensors[0].quality.stuck_after is None


def test_coarse_thermometers_widen_the_deadband_that_nobody_chose() -> None:
    zone = site_of(SMALL + "quality.quantum = 1.2").zones[0]
    assert [limit.deadband for limit in zone.limits] == [pytest.approx(1.8)] * len(zone.limits)


def test_the_deadband_that_nobody_chose_is_a_hundredth_of_the_range_of_the_inlets() -> None:
    zone = site_of(SMALL + "quality = { low = 0, high = 80 }").zones[0]
    assert {limit.deadband for limit in zone.limits} == {0.8}


def test_slow_thermometers_stretch_the_windows_that_nobody_chose() -> None:
    zone = site_of(SMALL + 'quality.period = "2m"').zones[0]
    assert [rate.over for rate in zone.rates] == [4 * MINUTE, 4 * MINUTE]


def test_a_mass_silence_has_one_period_to_show_before_the_first_silent_thermometer_is_an_alarm() -> None:
    assert site_of(f"{SMALL}quality.period = '5m'").zones[0].presence.silent_after == 5 * MINUTE
    assert site_of(f"{SMALL}quality.period = '5s'").zones[0].presence.silent_after == 30 * SECOND
    assert site_of(f"{SMALL}quality.period = '5m'\npresence.silent_after = '1s'").zones[0].presence.silent_after == SECOND


def test_where_nothing_cools_a_limit_may_be_below_the_set_point_that_nobody_chose() -> None:
    watched = 'name = "t"\n[halls.h1.zones.A1]\nlayout.count = 2\nlimits.warm.above = 20'
    assert site_of(watched).zones[0].limits[0].above == 20


def test_racks_stand_on_a_grid() -> None:
    zone = site_of(
        SMALL.replace("layout.count = 2", "layout = { count = 5, rows = 2, rack_pitch = 0.8, aisle_pitch = 3, x = 10, y = 1 }")
    ).zones[0]
    assert [(rack.x, rack.y) for rack in zone.racks] == [(10.0, 1.0), (10.8, 1.0), (11.6, 1.0), (10.0, 4.0), (10.8, 4.0)]


def test_zones_stand_beside_each_other_and_then_behind() -> None:
    zones = site_of(
        """
        name = "t"
        layout = { count = 10, across = 2 }
        [halls.h1.zones]
        A1 = {}
        A2 = {}
        B1 = {}
        """
    ).zones
    assert [(zone.racks[0].x, zone.racks[0].y) for zone in zones] == [(0.0, 0.0), (7.8, 0.0), (0.0, 2.4)]


def test_single_racks_change_one_of_the_pattern_or_come_on_top() -> None:
    zone = site_of(SMALL + '[halls.h1.zones.A1.racks]\nA1-r01 = { x = 5, gateway = "gw" }\nspare = {}').zones[0]
    assert [(rack.id, rack.x) for rack in zone.racks] == [("A1-r01", 5.0), ("A1-r02", 0.6), ("spare", 1.2)]
    assert zone.racks[0].sensors[0].gateway == "gw"


def test_racks_may_share_a_gateway_on_purpose() -> None:
    racks = '[halls.h1.zones.A1.racks]\nA1-r01.gateway = "gw"\nA1-r02.gateway = "gw"'
    assert {sensor.gateway for sensor in site_of(SMALL + racks).sensors} == {"gw"}


def test_units_serve_the_zones_nearest_to_them() -> None:
    site = site_of(
        """
        name = "t"
        layout.count = 10
        cooling = { count = 2, serves = 1 }
        [halls.h1]
        layout.across = 2
        [halls.h1.zones]
        A1 = {}
        A2 = {}
        [halls.h1.units]
        crac-2 = { serves = ["A1", "A2"], floor = 40 }
        spare = { x = 100, y = 0, control = "on" }
        """
    )
    assert {unit.id: unit.serves for unit in site.units} == {"crac-1": ("A1",), "crac-2": ("A2", "A1"), "spare": ("A2",)}
    assert [(unit.floor, unit.control) for unit in site.units] == [(30.0, "advise"), (40.0, "advise"), (30.0, "on")]


def test_units_have_a_key_each_by_their_id_or_one_of_their_own(tmp_path: Path) -> None:
    for name in ("crac-1", "special"):
        (tmp_path / name).write_text(f"the key of {name}, long enough\n")
        (tmp_path / name).chmod(0o600)
    text = f"cooling.key = {{ file = '{{unit}}' }}\n{SMALL}"
    one = loads(text, folder=tmp_path).units[0]
    assert one.key == Secret("the key of crac-1, long enough")
    other = loads(f"{text}\n[halls.h1.units.crac-1]\nkey = {{ file = 'special' }}", folder=tmp_path).units[0]
    assert other.key == Secret("the key of special, long enough")
    assert loads(text, secrets=False).units[0].key is None


def test_thermometers_at_units_belong_to_the_nearest_zone_but_not_to_its_value() -> None:
    zone = site_of(SMALL + '[halls.h1.units.crac-1]\nsensors = ["supply-1", "return-1"]').zones[0]
    assert [(sensor.id, sensor.role, sensor.gateway) for sensor in zone.air] == [
        ("A1/crac-1/supply-1", Role.SUPPLY, "crac-1"),
        ("A1/crac-1/return-1", Role.RETURN, "crac-1"),
    ]
    assert zone.sensors[-2:] == zone.air


def test_topics_follow_their_templates() -> None:
    sensor = site_of(SMALL + '[topics]\nreading = "{site}/temperature/{gateway}/{sensor}"').sensors[0]
    assert sensor.topic == "t/temperature/A1-r01/in-top"


def test_handlers_keep_their_options() -> None:
    handler = site_of(
        SMALL + '[handlers.page]\nuse = "shop.alarms:page"\ntimeout = "3s"\noptions = { number = 7, deep = { a = [1] } }'
    ).handlers[0]
    assert (handler.name, handler.use, handler.timeout, handler.options) == (
        "page",
        "shop.alarms:page",
        3 * SECOND,
        {"number": 7, "deep": {"a": [1]}},
    )
    assert site_of(SMALL + "[handlers.log]").handlers[0].use == "log"


def test_everything_else_is_read() -> None:
    site = site_of(
        SMALL
        + """
        [halls.h1.simulation]
        kw_per_rack = 8
        [simulation]
        seed = 7
        faults = ["crac-failure:crac-1@30s", "chiller-trip:h1@2m+10m"]
        [recording]
        segment_bytes = "64MiB"
        keep_bytes = 2000000000
        segment_age = "1h"
        [http]
        port = 0
        [broker]
        url = "mqtts://broker.example:8884"
        qos = 0
        """.replace("        ", "")
    )
    assert site.simulation.faults == ("crac-failure:crac-1@30s", "chiller-trip:h1@2m+10m")
    assert (site.simulation.seed, site.simulation.halls["h1"].kw_per_rack) == (7, 8.0)
    assert (site.recording.segment_bytes, site.recording.keep_bytes, site.recording.segment_age) == (64 * 1024**2, 2_000_000_000, HOUR)
    assert (site.http.port, site.broker.url, site.broker.qos) == (0, "mqtts://broker.example:8884", 0)


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    (tmp_path / "handlers").mkdir()
    path.write_text('handlers_folder = "handlers"\n' + SMALL + '[broker]\nurl = "mqtts://b"\nca_file = "ca.pem"')
    site = load(path, {})
    assert site.handlers_folder == str(tmp_path / "handlers")
    assert site.broker.ca_file == str(tmp_path / "ca.pem")
