"""The flow as reactivex observables. Batches flow, not single frames: an operator costs the same for a thousand frames as for one."""

from collections.abc import Callable, Sequence

import reactivex as rx
from reactivex import operators as ops

from ...config.model import Site
from ...sensors.frame import Frame
from ..events import Event
from ..hall import HallFold
from ..inputs import Rejected
from ..stages.decode import Decoder
from ..state import PipelineState
from ..zones import ZoneFolds


def flow(
    site: Site, state: PipelineState, rejected: Callable[[list[Rejected]], None]
) -> Callable[[rx.Observable[Sequence[Frame]]], rx.Observable[list[Event]]]:
    """Frames in, events out, over `state`. Dead letters go to `rejected`; no frame, however bad, ends the stream."""
    decode, zones, hall = Decoder(site, rejected), ZoneFolds(site, state), HallFold(site, state)

    return rx.compose(
        ops.map(decode),  # frames   -> inputs     each on its own; what is no input is a dead letter
        ops.map(zones.push),  # inputs   -> findings   zone by zone: validate, smooth, statistic, limits, rise, presence, demand
        ops.map(hall.push),  # findings -> events     alarms; arbitration, interlock and verification of the units
    )
