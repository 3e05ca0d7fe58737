"""Node-RED without its editor: `mqtt in` that parses JSON, and a function that smooths each thermometer and finds what is hot, with hysteresis.

It writes flow and settings into a folder beside the installation, and becomes Node.js.
"""

import json
import os
import sys
from pathlib import Path
from typing import Final

from ..readings import READINGS

PLACE: Final = Path(__file__).parents[2] / ".venv" / "peers" / "node-red"
RED: Final = PLACE / "node_modules" / "node-red" / "red.js"

SETTINGS: Final = """\
let left = %d;
module.exports = {
    flowFile: "flows.json",
    httpAdminRoot: false,
    httpNodeRoot: false,
    uiHost: "127.0.0.1",
    uiPort: 0,
    logging: { console: { level: "off" } },
    functionGlobalContext: {
        received: () => {
            left -= 1;
            if (left === 0) {
                process.stdout.write(`${process.hrtime.bigint()}\\n`, () => process.exit(0));
            }
        },
    },
};
"""

HOT: Final = """\
const state = context.get("state");
const { value, time } = msg.payload;
const known = state.get(msg.topic);
received();
if (known === undefined) {
    state.set(msg.topic, { smooth: value, time, hot: false });
    return null;
}
const elapsed = (time - known.time) / 1000;
known.smooth += (value - known.smooth) * (elapsed / (elapsed + 5));
known.time = time;
const hot = known.smooth > (known.hot ? 25.35 : 27);
if (hot === known.hot) {
    return null;
}
known.hot = hot;
msg.payload = { topic: msg.topic, hot, celsius: known.smooth };
return msg;
"""


def flow(port: int, qos: int) -> list[dict[str, object]]:
    """Broker, input, function."""
    broker = {
        "broker": "127.0.0.1",
        "port": str(port),
        "clientid": "node-red",
        "autoConnect": True,
        "protocolVersion": "5",
        "keepalive": "60",
    }
    source = {"topic": READINGS, "qos": str(qos), "datatype": "json", "broker": "broker", "inputs": 0, "wires": [["hot"]]}
    function = {
        "func": 'const received = global.get("received");\n' + HOT,
        "initialize": 'context.set("state", new Map());',
        "outputs": 1,
        "wires": [[]],
    }
    return [
        {"id": "tab", "type": "tab", "label": "hot"},
        {"id": "broker", "type": "mqtt-broker", "cleansession": True, **broker},
        {"id": "in", "type": "mqtt in", "z": "tab", **source},
        {"id": "hot", "type": "function", "z": "tab", **function},
    ]


def node() -> str:
    """The Node.js that was installed with it, or the system's."""
    return str(next(PLACE.glob("node_modules/node-linux-*/bin/node"), "node"))


def missing() -> str | None:
    """Why there is none."""
    return None if RED.exists() else "Node-RED is not installed"


def become(port: int, qos: int, count: int) -> None:
    """Run until it has got `count` messages."""
    user = PLACE / "user"
    user.mkdir(exist_ok=True)
    (user / "settings.js").write_text(SETTINGS % count)
    (user / "flows.json").write_text(json.dumps(flow(port, qos)))
    os.execvp(node(), [node(), str(RED), "--userDir", str(user), "--settings", str(user / "settings.js")])  # noqa: S606  it is the whole command


if __name__ == "__main__":
    become(*map(int, sys.argv[1:]))
