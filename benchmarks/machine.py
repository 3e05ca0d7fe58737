"""The machine, in a line."""

import os
import platform
import re
import subprocess
from pathlib import Path

from support.mosquitto import BINARY

from .processes import CORES, LOAD, MEASURED


def described() -> str:
    """Processor, cores and who runs where, memory, system, the broker."""
    cpu = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    placed = (
        f"load on core {min(LOAD)}, measured on {','.join(map(str, sorted(MEASURED)))}"
        if LOAD != MEASURED
        else "load and measured together"
    )
    parts = [
        cpu[1] if cpu else platform.processor(),
        f"{len(CORES)} cores ({placed})",
        f"{memory:.0f} GiB",
        f"{platform.system()} {platform.release()}",
        f"Python {platform.python_version()}",
        broker(),
    ]
    return ", ".join(part for part in parts if part)


def broker() -> str:
    """The broker's name and version."""
    if BINARY is None:
        return ""
    said = subprocess.run([BINARY, "-h"], check=False, capture_output=True, text=True).stdout
    found = re.search(r"mosquitto version (\S+)", said)
    return f"Mosquitto {found[1]}" if found else "Mosquitto"
