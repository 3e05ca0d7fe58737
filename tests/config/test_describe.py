"""A site as a tree of text."""

from hotzone.config import load, shipped
from hotzone.config.describe import Node, describe
from support.site_text import SMALL, site_of


def lines(node: Node, depth: int = 0) -> list[str]:
    return ["  " * depth + node.label, *(line for child in node.children for line in lines(child, depth + 1))]


GOLDEN = """\
site t: 1 hall, 1 zone, 2 racks, 12 thermometers, 1 cooling unit
  broker mqtts://b, as me, with a password, QoS 1, readings on dc/{hall}/{zone}/{rack}/{sensor}
  hall h1, class A2
    zone A1: 2 racks, 12 thermometers, 6 at inlets
      2 racks A1-r01..A1-r02, 6 thermometers each (3 in, 3 out), every 10s
      value: what 2 inlets reach; fail-safe with fewer than 50 % of the inlets
      limits
        warm: above 27 °C for 5m, back by 1.65 K for 1m, low
        high: above 32 °C for 1m, back by 1.65 K for 1m, high, hot
        critical: above 35 °C, at once, back by 1.65 K for 1m, critical, hot
        low: below 18 °C for 5m, back by 1.65 K for 1m, low
        very-low: below 10 °C for 1m, back by 1.65 K for 1m, medium
        rise: 0.33 K/min over 3m at 30 % of the inlets, at once, medium
        fast-rise: 1 K/min over 1m at 30 % of the inlets, at once, critical, hot
      demand: pid to 24.5 °C every 5s, at least 30 %, in fail-safe 100 %
    1 cooling unit, control advise, 30 to 100 %, by mqtt
      crac-1 serves A1
  handlers
    page (shop:page), with token
  recording in recordings, at most 20 GiB, a snapshot every 10m
  page, API, metrics and health at http://127.0.0.1:8780"""


def test_a_site_is_described_without_its_secrets() -> None:
    broker = '[broker]\nurl = "mqtts://b"\nusername = "me"\npassword = { env = "PW" }\n'
    handler = '[handlers.page]\nuse = "shop:page"\noptions.token = { env = "PW" }'
    assert "\n".join(lines(describe(site_of(SMALL + broker + handler, PW="canary")))) == GOLDEN


def test_equal_racks_are_one_line_and_others_are_not() -> None:
    racks = [line.strip() for line in lines(describe(load(shipped("site.example")))) if " rack" in line and "every" in line]
    assert racks == [
        "10 racks A1-r01..A1-r10, 6 thermometers each (3 in, 3 out), every 10s",
        "2 racks A2-r01..A2-r02, 6 thermometers each (3 in, 3 out), every 10s",
        "1 rack A2-r03, 5 thermometers (3 in, 2 out), every 5s",
        "6 racks A2-r04..A2-r09, 6 thermometers each (3 in, 3 out), every 10s",
        "1 rack storage, 2 thermometers (2 in), every 10s",
    ]


def test_zones_with_equal_rules_share_them() -> None:
    described = lines(describe(load(shipped("hall-200"))))
    assert sum("warm:" in line for line in described) == 1
    assert any("8 thermometers at cooling units" in line for line in described)


def test_a_site_that_cannot_cool_says_so() -> None:
    assert "    no cooling units: watched, not cooled" in lines(describe(site_of(SMALL.replace("cooling.count = 1", ""))))


def test_a_zone_that_no_unit_serves_is_named() -> None:
    text = SMALL + "[halls.h1.zones.A2]\nlayout.count = 1\n[halls.h1.units.crac-1]\nserves = ['A1']"
    assert "    no unit serves A2" in lines(describe(site_of(text)))


def test_every_statistic_and_control_has_words() -> None:
    for kind, words in {"median": "the median", "max": "the highest inlet", "percentile": "the 90th percentile"}.items():
        assert any(words in line for line in lines(describe(site_of(SMALL + f'statistic.kind = "{kind}"'))))
    assert any("stepwise (18 °C 40 %" in line for line in lines(describe(site_of(SMALL + 'control.kind = "stepwise"'))))
