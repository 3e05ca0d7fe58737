"""The starting site file says what the data shows, and hotzone can use it."""

import os
from pathlib import Path

import pytest

from hotzone.app.errors import UserError
from hotzone.app.importing import import_files
from hotzone.app.importing.plan import Options, plan_of
from hotzone.config.loader import load
from hotzone.config.model import Role
from hotzone.config.units import MINUTE
from hotzone.sensors.recording import Recording
from support.commands import call

TEXT = "time,name,value\n" + "".join(
    f"2026-01-01 00:{minute:02}:{second:02},{name},2{minute % 3}.{minute % 10}\n"
    for minute in range(30)
    for second, name in enumerate(("A1/r1/in-top", "A1/r1/out-top", "B 2/r.1/probe"))
)


def test_it_holds_zones_racks_roles_period_and_resolution(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(TEXT)
    plan = plan_of(Options(files=[str(tmp_path / "x.csv")], sensor="name", timezone="UTC"))
    summary = import_files(plan, tmp_path / "rec", None, tmp_path / "lab.toml", shown=False)
    assert summary.readings == 90
    site = load(tmp_path / "lab.toml")
    assert site.name == "lab"
    assert {sensor.id: sensor.role for sensor in site.sensors} == {
        "A1/r1/in-top": Role.INLET, "A1/r1/out-top": Role.OUTLET, "B-2/r.1/probe": Role.INLET,
    }  # fmt: skip
    assert {(sensor.quality.period, sensor.quality.quantum) for sensor in site.sensors} == {(MINUTE, 0.1)}
    assert Recording(tmp_path / "rec").site_source == (tmp_path / "lab.toml").read_text()


def test_it_never_takes_the_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(TEXT)
    (tmp_path / "lab.toml").write_text("mine")
    plan = plan_of(Options(files=[str(tmp_path / "x.csv")], sensor="name", timezone="UTC"))
    with pytest.raises(UserError, match="there is a file already"):
        import_files(plan, None, None, tmp_path / "lab.toml", shown=False)
    assert (tmp_path / "lab.toml").read_text() == "mine"


def test_the_command_does_all_of_it(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(TEXT)
    words = ("import", "x.csv", "--sensor", "name", "--timezone", "UTC")
    looked = call(tmp_path, *words)
    assert (looked.returncode, looked.stderr) == (0, "")
    assert "90 rows of 1 file: 90 readings of 3 thermometers" in looked.stdout
    assert "nothing was recorded" in looked.stdout
    made = call(tmp_path, *words, "--recording", "rec", "--make-site", "lab.toml")
    assert (made.returncode, made.stderr) == (0, "")
    checked = call(tmp_path, "check", "lab.toml")
    assert checked.returncode == 0, checked.stderr
    replayed = call(tmp_path, "replay", "rec")
    assert replayed.returncode == 0, replayed.stderr
    assert '"type":"run.started"' in replayed.stdout
    again = call(tmp_path, *words, "--recording", "rec2", "--site", "lab.toml")
    assert call(tmp_path, "replay", "rec2").stdout == replayed.stdout, again.stderr


def test_a_damaged_file_is_imported_as_far_as_it_goes_and_the_exit_code_says_so(tmp_path: Path) -> None:
    import gzip  # noqa: PLC0415  needed here alone
    import random  # noqa: PLC0415  needed here alone

    values = random.Random(1)
    rows = "".join(f"{1767225600 + n},{values.random()}\n" for n in range(5000))
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(("time,value\n" + rows).encode())[:-3000])
    done = call(tmp_path, "import", "x.csv.gz", "--time-format", "s", "--as", "A/r/in", "--recording", "rec")
    assert done.returncode == 1
    assert "x.csv.gz: cannot be read after line" in done.stdout
    assert Recording(tmp_path / "rec").last_at


def test_where_readings_are_often_lost_silence_is_longer_before_it_is_one(tmp_path: Path) -> None:
    minutes = [minute for minute in range(600) if minute % 10 not in {2, 3, 4, 7}]
    rows = "".join(f"2026-01-01 {minute // 60:02}:{minute % 60:02},20.5\n" for minute in minutes)
    (tmp_path / "x.csv").write_text("time,value\n" + rows)
    plan = plan_of(Options(files=[str(tmp_path / "x.csv")], template="A1/r1/in", timezone="UTC"))
    import_files(plan, None, None, tmp_path / "lossy.toml", shown=False)
    quality = load(tmp_path / "lossy.toml").sensors[0].quality
    assert (quality.period, quality.stale_after) == (MINUTE, 12 * MINUTE)


def test_files_that_begin_with_the_newest_show_their_period_too(tmp_path: Path) -> None:
    rows = "".join(f"2026-01-01 00:{minute:02},20.5\n" for minute in range(59, -1, -1))
    (tmp_path / "x.csv").write_text("time,value\n" + rows)
    plan = plan_of(Options(files=[str(tmp_path / "x.csv")], template="A1/r1/in", timezone="UTC"))
    import_files(plan, None, None, tmp_path / "lab.toml", shown=False)
    quality = load(tmp_path / "lab.toml").sensors[0].quality
    assert (quality.period, quality.stale_after) == (MINUTE, 3 * MINUTE)


def test_a_pipe_cannot_be_read_twice(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    plan = plan_of(Options(files=[str(tmp_path / "pipe")], template="A1/r1/in"))
    with pytest.raises(UserError, match="reads the files twice"):
        import_files(plan, None, None, tmp_path / "lab.toml", shown=False)


def test_standard_input_is_a_file_too(tmp_path: Path) -> None:
    import subprocess  # noqa: PLC0415  needed here alone
    import sys  # noqa: PLC0415  needed here alone

    words = [sys.executable, "-m", "hotzone.app.cli", "import", "-", "--sensor", "name", "--timezone", "UTC"]
    done = subprocess.run(words, input=TEXT, capture_output=True, text=True, check=True, timeout=30)
    assert "90 readings of 3 thermometers" in done.stdout
    assert (
        subprocess.run(
            [*words, "--make-site", str(tmp_path / "s.toml")], input=TEXT, capture_output=True, text=True, check=False
        ).returncode
        == 2
    )


def test_units_that_would_be_driven_are_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("time,value\n2026-01-01,20\n")
    site = 'name = "t"\n[halls.h]\ncooling = { count = 1, control = "on" }\n[halls.h.zones.A]\nlayout.count = 1\n'
    (tmp_path / "site.toml").write_text(site)
    done = call(tmp_path, "import", "x.csv", "--timezone", "UTC", "--as", "A/A-r01/in-top", "--site", "site.toml", "--recording", "rec")
    assert done.returncode == 0
    assert 'a replay will drive crac-1, and nobody in these files obeyed: set control = "advise"' in done.stderr


def test_one_folder_has_a_site_or_none(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(TEXT)
    (tmp_path / "y.csv").write_text(TEXT.replace("2026-01-01", "2026-01-02"))
    plans = [plan_of(Options(files=[str(tmp_path / name)], sensor="name", timezone="UTC")) for name in ("x.csv", "y.csv")]
    import_files(plans[0], tmp_path / "rec", None, None, shown=False)
    with pytest.raises(UserError, match="without a site: name another folder"):
        import_files(plans[1], tmp_path / "rec", None, tmp_path / "lab.toml", shown=False)
    assert import_files(plans[1], tmp_path / "rec", None, None, shown=False).readings == 90
