"""The machine that the figures are from, and who else had it meanwhile."""

import os
import platform
from pathlib import Path


def machine() -> str:
    """What it is, in a line."""
    return f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def others_s() -> float | None:
    """CPU seconds that everybody but this process and its children has had, other guests of the machine included; None where nobody says."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return None
    user, nice, system, _idle, _waiting, *more = map(int, stat.read_text("ascii").split(maxsplit=9)[1:9])
    return sum((user, nice, system, *more)) / os.sysconf("SC_CLK_TCK") - sum(os.times()[:4])
