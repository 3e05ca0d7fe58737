"""The unit file that ships: what it must say, and what systemd makes of it."""

import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from support.house import ROOT

UNIT = ROOT / "config/systemd/hotzone.service"


def settings() -> ConfigParser:
    parser = ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str
    parser.read(UNIT)
    return parser


def test_the_service_is_restarted_for_ever_and_watched() -> None:
    service = settings()["Service"]
    assert (service["Type"], service["Restart"], service["WatchdogSec"]) == ("notify", "always", "10")
    assert settings()["Unit"]["StartLimitIntervalSec"] == "0"
    assert service["User"] != "root"
    assert service["ExecStart"].split()[1:3] == ["run", "--plain"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_its_exposure_is_at_most_3(tmp_path: Path) -> None:
    copy = shutil.copy(UNIT, tmp_path)
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", copy], capture_output=True, text=True, check=False
    )
    found = re.search(r"Overall exposure level for hotzone.service: ([0-9.]+)", done.stdout)
    if found is None:
        pytest.skip(f"this systemd cannot judge a file: {done.stderr[:100]}")
    assert float(found[1]) <= 3.0
