"""The air against the equations: balance, rest, monotony, the knee, and the table of a total loss of cooling."""

import numpy as np
import pytest

from hotzone.config.service import HallSimulation
from hotzone.config.units import SECOND
from hotzone.sensors.hall.air import ESCAPE_CAP, Air, Demand, Supply
from hotzone.sensors.hall.layout import Layout
from support.halls import START, hall, hall_site

LAYOUT = Layout.of(hall_site().halls[0])
RACKS, UNITS = len(LAYOUT.racks), len(LAYOUT.units)
DRAW = 5000 / 12


def demand(heat: float = 5000.0, leak: float = 0.16, gap: float = 0.0) -> Demand:
    return Demand(*(np.full(RACKS, value, dtype=float) for value in (heat, DRAW, leak, gap)))


def supply(phi: float = 1.0, celsius: float = 20.0) -> Supply:
    return Supply(np.full(UNITS, phi * DRAW * RACKS / UNITS), np.full(UNITS, celsius))


def at_rest(demand: Demand, supply: Supply) -> Air:
    air = Air(LAYOUT, 350e3, 20.0)
    for _ in range(500):
        air.step(np.inf, demand, supply)
    return air


def test_at_rest_the_inlets_are_those_of_equation_3() -> None:
    wanted, given = demand(), supply(phi=1.3)
    air = at_rest(wanted, given)
    shares = wanted.leak * LAYOUT.proximity
    matrix = shares[:, None] * LAYOUT.reach * wanted.draw / (LAYOUT.reach @ wanted.draw)[:, None]
    k = np.diag(wanted.draw)
    rise = np.linalg.inv(k) @ (np.linalg.inv(np.eye(RACKS) - matrix.T) - np.eye(RACKS))
    assert np.allclose(air.inlet, 20.0 + rise @ wanted.heat, atol=1e-6)
    assert (rise >= 0).all(), "loading a rack never cools an inlet, its own included"


def test_the_rise_of_a_uniform_hall_is_r_by_1_minus_r_times_delta_t() -> None:
    air = at_rest(demand(leak=0.1), supply(phi=1.5))
    assert air.inlet.mean() - 20 == pytest.approx(0.1 / 0.9 * 12, rel=0.05)


@pytest.mark.parametrize("phi", [0.0, 0.2, 0.6, 0.9, 1.0, 1.7])
def test_escape_stays_below_its_cap_and_heat_and_air_balance(phi: float) -> None:
    wanted, given = demand(leak=0.3, gap=0.4), supply(phi)
    air = at_rest(wanted, given) if phi else Air(LAYOUT, 350e3, 22.0)
    before = air.stored
    air.step(1.0, wanted, given)
    assert (air.escape <= ESCAPE_CAP).all()
    removed = float(given.flow @ (air.returned - given.celsius))
    assert air.stored - before == pytest.approx(wanted.heat.sum() - removed, abs=0.02 * wanted.heat.sum())


def test_above_phi_1_more_air_is_free_and_below_it_inlets_climb_ever_faster() -> None:
    means = {phi: at_rest(demand(), supply(phi)).inlet.mean() for phi in (1.5, 1.2, 1.0, 0.9, 0.8, 0.7, 0.6)}
    assert means[1.5] == pytest.approx(means[1.0], abs=1e-6)
    climbs = [means[low] - means[high] for high, low in ((1.0, 0.9), (0.9, 0.8), (0.8, 0.7), (0.7, 0.6))]
    assert climbs == sorted(climbs)
    assert climbs[0] > 0.2


@pytest.mark.parametrize("change", ["heat", "leak", "supply", "less air"])
def test_more_of_what_warms_warms_every_inlet_at_every_moment(change: str) -> None:
    calm, worse = at_rest(demand(), supply(0.95)), at_rest(demand(), supply(0.95))
    wanted, given = demand(), supply(0.95)
    more = {
        "heat": (wanted._replace(heat=wanted.heat + np.eye(RACKS)[3] * 3000), given),
        "leak": (wanted._replace(leak=wanted.leak * 1.3), given),
        "supply": (wanted, given._replace(celsius=given.celsius + 2)),
        "less air": (wanted, given._replace(flow=given.flow * 0.8)),
    }[change]
    for _ in range(300):
        calm.step(2.0, wanted, given)
        worse.step(2.0, *more)
        assert (worse.inlet >= calm.inlet - 1e-9).all()
    assert worse.inlet.mean() > calm.inlet.mean() + 0.01


@pytest.mark.parametrize(
    ("mass", "kw", "first_minute", "plateau", "minutes"),
    [
        (350, 3, 2.9, 0.5, {27: 5.2, 32: 15, 35: 21}),
        (350, 5, 4.9, 0.8, {27: 1.2, 32: 7.2, 35: 10.8, 40: 16.8}),
        (350, 10, 9.8, 1.7, {32: 1.2, 35: 3.0, 40: 6.0}),
        (350, 15, 14.6, 2.5, {40: 2.4}),
        (150, 5, 10.3, 1.9, {32: 0.9, 35: 2.3, 40: 4.9}),
    ],
)
def test_a_total_loss_of_cooling_follows_the_table_of_the_two_capacity_model(
    mass: float, kw: float, first_minute: float, plateau: float, minutes: dict[int, float]
) -> None:
    air = Air(LAYOUT, mass * 1e3, 22.0)
    wanted, none = demand(heat=kw * 1000.0)._replace(draw=np.full(RACKS, kw * 1000 / 12)), supply(0.0)
    means = [22.0]
    for _ in range(25 * 60):
        air.step(1.0, wanted, none)
        means.append(float(air.inlet.mean()))
    assert means[60] - 22 == pytest.approx(first_minute, abs=0.3)
    assert means[600] - means[540] == pytest.approx(plateau, abs=0.1)
    for celsius, expected in minutes.items():
        assert next(second for second, mean in enumerate(means) if mean >= celsius) / 60 == pytest.approx(expected, abs=0.2)


def test_an_open_blanking_panel_warms_its_own_rack_most() -> None:
    gap = np.zeros(RACKS)
    gap[5] = 0.24
    calm, open_panel = at_rest(demand(), supply(1.2)), at_rest(demand()._replace(gap=gap), supply(1.2))
    warmer = open_panel.inlet - calm.inlet
    assert 3 < warmer[5] < 9
    assert np.delete(warmer, 5).max() < 0.5 * warmer[5]


def test_the_energy_of_a_day_in_the_whole_hall_closes() -> None:
    simulated = hall(hall_site(settings=HallSimulation()), "load-step:A1*1.6@1h+1h", "crac-failure:crac-2@2h")
    layers = simulated.air.stored + simulated.load.stored
    given = taken = 0.0
    for step in range(1, 3 * 1800):
        simulated.advance_to(START + step * 2 * SECOND)
        given += float(simulated.load.power.sum()) * 2
        taken += float(simulated.plant.removed.sum()) * 2
    stored = simulated.air.stored + simulated.load.stored - layers
    assert given - taken == pytest.approx(stored, abs=2e-3 * given)
