"""The Mosquitto configuration that ships with hotzone, with other paths and ports where they are asked for."""

from importlib.resources import files
from pathlib import Path
from typing import Final

FOLDER: Final = "/etc/mosquitto/hotzone"
"""Where the shipped configuration expects the files of the broker."""
PORT: Final = 8883
"""Of devices and people; hotzone's own door is the next one."""
_CONNECTIONS: Final = 900
_DATA: Final = "/var/lib/mosquitto/"


def configuration(folder: Path | None = None, port: int = PORT, connections: int = 0) -> str:
    """The text of `mosquitto.conf`, for at least so many connections. Another folder than the shipped one keeps the broker's data, too."""
    text = files("hotzone.config").joinpath("mosquitto", "mosquitto.conf").read_text("utf-8")
    # The higher port first, or one replacement would meet the other's result.
    text = text.replace(f"listener {PORT + 1}", f"listener {port + 1}").replace(f"listener {PORT}\n", f"listener {port}\n")
    text = text.replace(f"max_connections {_CONNECTIONS}\n", f"max_connections {max(_CONNECTIONS, connections)}\n")
    if folder is None or str(folder) == FOLDER:
        return text
    return text.replace(_DATA, f"{folder}/data/").replace(f"{FOLDER}/", f"{folder}/")
