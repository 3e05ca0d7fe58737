"""The description of the API, as OpenAPI 3.1: made of the shapes and of one table; a test holds it to the routes."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from msgspec import json

from ...pipeline.explaining import Explanation
from ..version import version
from .asked import ALARM_ACTIONS, HALL_ACTIONS, UNIT_ACTIONS, Asked, Moved
from .shapes import AlarmNow, Changes, Chart, Done, EventList, HealthNow, KpiNow, Problem, ReplayNow, SiteShape, State

_NS: Final = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": 400}


_NONE: Final[Mapping[str, Mapping[str, object]]] = {}


class Operation(NamedTuple):
    """One of them. `query` are its parameters."""

    path: str
    method: str
    name: str
    summary: str
    answers: Any
    query: Mapping[str, Mapping[str, object]] = _NONE
    actions: tuple[str, ...] = ()
    body: Any = None


_SPAN: Final[Mapping[str, Mapping[str, object]]] = {"from": _NS, "to": _NS}

OPERATIONS: Final = (
    Operation("/api/v1/site", "get", "site", "What there is, and where it stands", SiteShape),
    Operation("/api/v1/state", "get", "state", "Everything at present", State),
    Operation("/api/v1/stream", "get", "stream", "Server-sent events: `state`, everything, then `changes`", Changes),
    Operation("/api/v1/alarms", "get", "alarms", "The alarms that are not normal", list[AlarmNow]),
    Operation("/api/v1/events", "get", "events", "What happened, in the journal's words", EventList, {**_SPAN, "type": _TEXT}),
    Operation(
        "/api/v1/history",
        "get",
        "history",
        "Values over time",
        Chart,
        {"series": _TEXT, **_SPAN, "points": {"type": "integer", "minimum": 1, "maximum": 2000}},
    ),
    Operation("/api/v1/health", "get", "health", "How hotzone itself does", HealthNow),
    Operation(
        "/api/v1/kpi",
        "get",
        "kpi",
        "Key figures of the alarms of this run",
        KpiNow,
        {**_SPAN, "operators": {"type": "integer", "minimum": 1, "maximum": 1000}},
    ),
    Operation("/api/v1/alarms/{alarm}/explain", "get", "explain_alarm", "Why there is this alarm", Explanation),
    Operation("/api/v1/zones/{zone}/explain", "get", "explain_zone", "What alarms a zone has now, and why no others", Explanation),
    Operation(
        "/api/v1/alarms/{alarm}/{action}",
        "post",
        "alarm",
        "Do something about an alarm, or about its rule",
        Done,
        _NONE,
        ALARM_ACTIONS,
        Asked,
    ),
    Operation("/api/v1/replay", "post", "replay", "Move in the recording that is shown", ReplayNow, _NONE, (), Moved),
    Operation(
        "/api/v1/units/{unit}/{action}", "post", "unit", "Drive a cooling unit by hand, or stop doing so", Done, _NONE, UNIT_ACTIONS, Asked
    ),
    Operation("/api/v1/halls/{hall}/{action}", "post", "hall", "Begin or end the maintenance of a hall", Done, _NONE, HALL_ACTIONS, Asked),
)


@cache
def description() -> dict[str, object]:
    """The whole document."""
    types = [kind for operation in OPERATIONS for kind in (operation.answers, operation.body)]
    (problem, *schemas), components = json.schema_components([Problem, *types], ref_template="#/components/schemas/{name}")
    paths: dict[str, dict[str, object]] = {}
    for operation, answer, body in zip(OPERATIONS, schemas[::2], schemas[1::2], strict=True):
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, answer, body, problem)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "hotzone",
            "version": version(),
            "description": "Times are log time, ns since the epoch; temperatures °C; shares percent.",
        },
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{}, {"token": []}],
    }


def _operation(operation: Operation, answer: dict[str, object], body: dict[str, object], problem: dict[str, object]) -> dict[str, object]:
    kind = "text/event-stream" if operation.name == "stream" else "application/json"
    refusals = ("401", "403", "404", "409", "413", "415", "421", "422", "429", "503")
    described: dict[str, object] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [
            *_in_path(operation),
            *({"name": name, "in": "query", "required": name == "series", "schema": schema} for name, schema in operation.query.items()),
        ],
        "responses": {
            "200": {"description": "as described", "content": {kind: {"schema": answer}}},
            **{code: {"description": "refused", "content": {"application/json": {"schema": problem}}} for code in refusals},
        },
    }
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return described


def _in_path(operation: Operation) -> list[dict[str, object]]:
    named = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "enum": list(operation.actions)} if name == "action" else _TEXT,
        }
        for name in named
    ]
