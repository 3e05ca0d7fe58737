"""Fuzzing led by coverage, for who has atheris (which is no dependency: it has wheels for few machines).

    pip install atheris
    PYTHONPATH=tests .venv/bin/python tests/bad_input/guided.py payloads|chunks|cells|frames SECONDS

It begins with the corpus. What it finds is judged as in `test_fuzz.py`, and written down by atheris as `crash-...`.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["hotzone.sensors", "hotzone.pipeline.stages", "hotzone.pipeline.operating"]):
    from support.fuzzing import BASES, TAKEN

from corpus.mutate import bases


def main(name: str, seconds: str) -> None:
    """Fuzz one decoder for so long."""
    take = TAKEN[name]
    with tempfile.TemporaryDirectory() as folder:
        for number, payload in enumerate((*bases()[0], *BASES[name])):
            Path(folder, str(number)).write_bytes(payload)
        atheris.Setup([sys.argv[0], folder, f"-max_total_time={seconds}", "-timeout=1", "-max_len=4096"], take)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
