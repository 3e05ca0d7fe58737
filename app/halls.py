"""Which halls are simulated, and how."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

from ..config.model import Site
from ..sensors.hall import Fault, SimulatedHall
from .sites import site_named


class Plan(NamedTuple):
    """What shall be simulated."""

    site: Site
    hours: float | None
    seed: int
    faults: tuple[Fault, ...]
    plain: bool

    @classmethod
    def of(cls, site: str, *, hours: float | None, seed: int | None, faults: Sequence[str] | None, plain: bool) -> Self:
        """The plan, with what the site file says for what was not given. Raises ConfigError, FaultError."""
        known = site_named(site)
        simulation = known.simulation
        wanted = tuple(Fault.parse(text) for text in (simulation.faults if faults is None else faults))
        return cls(known, hours, simulation.seed if seed is None else seed, wanted, plain)


def halls_of(site: Site, start: int, seed: int, faults: Iterable[Fault]) -> list[SimulatedHall]:
    """Every hall of the site. Raises FaultError."""
    wanted = tuple(faults)
    return [SimulatedHall(site, hall, start, seed, wanted) for hall in site.halls]
