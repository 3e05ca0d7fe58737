"""One run in a process of its own; where a broker is between, this one publishes."""

import asyncio
import subprocess
import sys
from typing import Final

from msgspec import MsgspecError, json

from ..errors import RunFailed
from .broker import publish
from .job import Job, Outcome
from .stream import stream_of

_TIMEOUT_S: Final = 120.0


def run(job: Job) -> Outcome:
    """What the process measured of itself. Raises RunFailed, with what it said; MqttError, RecordingError."""
    command = [sys.executable, "-m", f"{__package__}.subject"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603  this program
        try:
            assert process.stdin is not None
            process.stdin.write(json.encode(job))
            process.stdin.close()
            process.stdin = None
            if job.broker is not None:
                asyncio.run(publish(job.broker, job.base, [frame for batch in stream_of(job).batches for frame in batch]))
            answer, errors = process.communicate(timeout=_TIMEOUT_S)
        except (TimeoutError, subprocess.TimeoutExpired) as error:
            msg = f"{job.style}, {job.scene}: no answer in time"
            raise RunFailed(msg) from error
        finally:
            process.kill()
    try:
        return json.decode(answer, type=Outcome)
    except MsgspecError as error:
        said = errors.decode(errors="replace").strip()[-2000:]
        msg = f"{job.style}, {job.scene}: the process ended with {process.returncode}\n{said}"
        raise RunFailed(msg) from error
