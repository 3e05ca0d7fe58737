"""Packs through Mosquitto: a hundred readings of a gateway in one message, with QoS 1, as a JSON array and as SenML."""

from typing import Final

from hotzone.config.service import Topics

from ..broker import missing, mosquitto
from ..measured import Figure, Run, Subject
from ..processes import cpu_seconds
from ..product import running
from ..readings import PACK, packed_site
from ..scale import Scale
from .through_broker import PATIENCE_S, begin, publisher, run

TIMES: Final = 3
"""As many readings as one by one."""


def through(kind: str, scale: Scale) -> Run:
    """Packs of one kind; all must be in the recording, and none rejected."""
    count = max(1, TIMES * scale.readings // PACK)
    with (
        mosquitto(count) as broker,
        running(broker.url, packed_site()) as product,
        publisher(broker.port, 1, count, kind, Topics().pack) as load,
    ):
        before = cpu_seconds(product.process.pid)
        began = begin(load)
        end = product.told("end", PATIENCE_S)
        used = cpu_seconds(product.process.pid) - before
        rejected = sum(value for name, value in product.metrics().items() if name.startswith("hotzone_rejected_total"))
        lost = count - product.recorded()
    return run(count * PACK, began, end, used, (lost + round(rejected)) * PACK)


def measure(scale: Scale) -> Run:
    """Both kinds; the value is the JSON array's."""
    plain, senml = through("json", scale), through("senml", scale)
    if plain.value is None or senml.value is None:
        return Run(None, why=plain.why or senml.why)
    assert senml.cpu is not None
    return plain._replace(figures={"SenML": Figure(senml.value, "readings/s"), "SenML, CPU-s/million": Figure(senml.cpu, "s")})


SUBJECTS: Final = (Subject("hotzone", measure, missing),)
