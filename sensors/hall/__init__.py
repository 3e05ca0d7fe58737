"""The simulated data hall: a physical model with thermometers and cooling units that speak as real ones do.

It does no I/O and reads no clock: `publish` is the edge that does. It is no CFD: see docs/simulation.md for what it leaves out.
"""

from .controller import Mode, Refusal
from .faults import Fault, FaultError
from .message import TimedMessage
from .scenarios import SCENARIOS, Scenario
from .simulation import SimulatedHall
from .truth import Truth, UnitTruth

__all__ = ["SCENARIOS", "Fault", "FaultError", "Mode", "Refusal", "Scenario", "SimulatedHall", "TimedMessage", "Truth", "UnitTruth"]
