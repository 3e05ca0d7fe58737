"""A recording by somebody else: whatever stands in its site file, reading it runs no code, opens no secret and writes nowhere else."""

from pathlib import Path

from support.commands import call

SITE = """
name = "t"
handlers_folder = "{folder}"
[recording]
folder = "{folder}/elsewhere"
[broker]
url = "mqtt://127.0.0.1:9"
password = {{ file = "{folder}/secret" }}
[handlers.x]
use = "planted_module:run"
[handlers.y]
use = "command"
options.command = ["/bin/touch", "{folder}/touched"]
[limits.warm]
on_delay = "0s"
above = 20
[halls.h1.zones]
A1 = {{ layout.count = 1 }}
"""


def test_a_strangers_recording_is_data_and_nothing_else(tmp_path: Path) -> None:
    planted = tmp_path / "planted"
    planted.mkdir()
    (planted / "loud.py").write_text(f"open({str(planted / 'touched')!r}, 'w').close()\n")
    (planted / "planted_module.py").write_text(f"open({str(planted / 'touched')!r}, 'w').close()\n")
    (planted / "secret").write_text("do not open me\n")
    (planted / "secret").chmod(0o600)
    (tmp_path / "site.toml").write_text(SITE.format(folder=planted))
    made = call(tmp_path, "simulate", "--site", "site.toml", "--hours", "0.1", "--recording", "theirs", "--plain")
    assert made.returncode == 0, made.stderr
    (planted / "secret").unlink()  # who still wants it, fails
    before = {path: path.stat().st_mtime_ns for path in planted.rglob("*")}
    for words in (
        ("show", "theirs"),
        ("replay", "theirs", "--journal", "journal"),
        ("export", "theirs", "theirs.csv"),
    ):
        done = call(tmp_path, *words, PYTHONPATH=str(planted))
        assert done.returncode == 0, (words, done.stderr)
    assert '"type":"alarm.raised"' in (tmp_path / "journal").read_text(), "the handlers would have been called"
    assert {path: path.stat().st_mtime_ns for path in planted.rglob("*")} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "journal",
        "planted",
        "site.toml",
        "theirs",
        "theirs.csv",
    ]
