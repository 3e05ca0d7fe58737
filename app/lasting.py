"""How long a run lasts, in a word of the command line."""

from ..config.durations import parse_duration
from ..config.problems import Unfit
from ..config.units import SECOND
from .errors import UserError


def wall_seconds(text: str) -> float:
    """A duration of the command line. Raises UserError."""
    try:
        return parse_duration(text) / SECOND
    except Unfit as error:
        msg = f"--duration {text}: {error}"
        raise UserError(msg) from error
