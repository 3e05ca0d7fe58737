"""The ledger checker: what was promised against what is there. Every fault test ends with it.

`Account.of` compares what a broker acknowledged to publishers with what the log holds. `faults_of_alarms` reads the lives of alarms off the events;
`crossings` finds by itself, without hotzone's code, how often the data that is present crossed a limit.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from msgspec import Struct, json

from hotzone.pipeline import AlarmEvent, AlarmState, Event
from hotzone.sensors.frame import Frame
from hotzone.sensors.recording import Recording

Sent = tuple[str, bytes]
"""Topic and payload of a reading; the payload has its time and its number, so no two are equal."""


@dataclass
class Account:
    """What became of the readings."""

    acknowledged: int
    stored: int
    """Different readings in the log that were sent."""
    lost: list[Sent] = field(default_factory=list)
    """Acknowledged and not in the log."""
    duplicates: int = 0
    """In the log more than once."""
    disordered: list[str] = field(default_factory=list)
    """Topics of which the log has the readings in another order than that in which they were first sent."""

    @classmethod
    def of(cls, acknowledged: Iterable[Sent], frames: Iterable[Frame]) -> "Account":
        """Frames are the log's; those that nobody sent do not count."""
        sent = list(dict.fromkeys(acknowledged))
        stored = Counter((frame.topic, frame.payload) for frame in frames)
        by_topic: dict[str, list[bytes]] = {}
        for topic, payload in sent:
            by_topic.setdefault(topic, []).append(payload)
        return cls(
            acknowledged=len(sent),
            stored=sum(one in stored for one in sent),
            lost=[one for one in sent if one not in stored],
            duplicates=sum(stored[one] - 1 for one in sent if stored[one] > 1),
            disordered=_disordered(by_topic, stored),
        )

    def __str__(self) -> str:
        return f"{len(self.lost)} lost of {self.acknowledged:,} acknowledged, {self.duplicates} duplicates, {len(self.disordered)} out of order"

    def check(self, *, resent: bool = False) -> None:
        """Raise AssertionError unless nothing is lost, twice or out of order; what was `resent` may come behind what was measured later."""
        assert not self.lost, f"{self}; the first lost: {self.lost[:3]}"
        assert not self.duplicates, str(self)
        assert resent or not self.disordered, f"{self}: {self.disordered[:3]}"


def _disordered(by_topic: Mapping[str, Sequence[bytes]], stored: Mapping[Sent, int]) -> list[str]:
    place = {one: number for number, one in enumerate(stored)}  # a Counter keeps the order of first sight
    found = []
    for topic, payloads in by_topic.items():
        places = [place[topic, payload] for payload in payloads if (topic, payload) in place]
        if places != sorted(places):
            found.append(topic)
    return found


def frames_of(folder: Path) -> list[Frame]:
    """Everything in a recording. Raises RecordingDamaged: it has to be whole."""
    return [frame for frames in Recording(folder).frames() for frame in frames]


def times_increase(frames: Sequence[Frame]) -> bool:
    """Whether log times strictly increase."""
    return all(before.at < after.at for before, after in pairwise(frames))


ASIDE = {"alarm.shelved", "alarm.suppressed", "alarm.out-of-service"}
"""An alarm that stands no more, as nobody is to be called."""
BACK = {"alarm.unshelved", "alarm.unsuppressed", "alarm.in-service"}
"""It is normal again, and if its condition holds another life begins."""


def faults_of_alarms(events: Iterable[Event]) -> list[str]:
    """What is wrong with the lives of alarms: raised twice, cleared unraised, a second life beside the first, an id seen twice."""
    wrong: list[str] = []
    standing: dict[tuple[str, str, str, str], str] = {}
    over: set[str] = set()
    aside: set[str] = set()
    seen: set[str] = set()
    for event in events:
        if event.id in seen:
            wrong.append(f"{event.id} was given out twice")
        seen.add(event.id)
        if not isinstance(event, AlarmEvent):
            continue
        about = (event.zone or "", event.unit or "", event.rule, "" if event.zone or event.unit else event.hall or "")
        stands = standing.get(about) == event.alarm
        if event.type == "alarm.raised":
            if event.alarm in over or stands:
                wrong.append(f"{event.alarm} was raised twice")
            elif about in standing:
                wrong.append(f"{event.alarm} was raised while {standing[about]} stands")
            standing[about] = event.alarm
        elif event.type in ASIDE:
            aside.add(event.alarm)
            standing.pop(about, None)
        elif event.type in BACK:
            if event.alarm not in aside:
                wrong.append(f"{event.alarm} came back and had not been put aside")
            over.add(event.alarm)
        elif event.type == "alarm.cleared" or event.state is AlarmState.NORMAL:
            if stands:
                del standing[about]
                over.add(event.alarm)
            elif event.alarm not in over:
                wrong.append(f"{event.alarm} was cleared and had not been raised")
    return wrong


def standing_after(events: Iterable[Event]) -> list[str]:
    """The alarms that were raised and not cleared or put aside, by id."""
    standing: dict[str, None] = {}
    for event in events:
        if isinstance(event, AlarmEvent) and event.type == "alarm.raised":
            standing[event.alarm] = None
        elif isinstance(event, AlarmEvent) and event.type in {"alarm.cleared", *ASIDE}:
            standing.pop(event.alarm, None)
    return list(standing)


class _Value(Struct):
    value: float
    time: int


def crossings(frames: Iterable[Frame], topics: Mapping[str, str], above: float, deadband: float) -> dict[str, list[bool]]:
    """By zone, each edge that the readings in the log make: True over the limit, False back by the deadband.

    `topics` has the zone of each thermometer's topic. For sites of one inlet a zone, no delays and no smoothing: then every reading counts
    that is not older than one before.
    """
    edges: dict[str, list[bool]] = {zone: [] for zone in topics.values()}
    latest: dict[str, int] = {}
    for frame in frames:
        zone = topics.get(frame.topic)
        if zone is None:
            continue
        said = json.decode(frame.payload, type=_Value)
        if said.time <= latest.get(zone, 0):
            continue
        latest[zone], value = said.time, said.value
        over = bool(edges[zone]) and edges[zone][-1]
        if not over and value >= above:
            edges[zone].append(True)
        elif over and value < above - deadband:
            edges[zone].append(False)
    return edges


def told_edges(events: Iterable[Event], rule: str) -> dict[str, list[bool]]:
    """By zone, what was told of a rule: True for raised, False for cleared."""
    edges: dict[str, list[bool]] = {}
    for event in events:
        if isinstance(event, AlarmEvent) and event.rule == rule and event.zone and event.type in {"alarm.raised", "alarm.cleared"}:
            edges.setdefault(event.zone, []).append(event.type == "alarm.raised")
    return edges
