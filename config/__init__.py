"""The site file: what there is, what is too hot, and who is told; read, checked and made into one frozen value, `Site`.

Nothing here knows of MQTT, of time passing or of the pipeline.
"""

from .durations import format_duration, parse_duration
from .loader import load, loads
from .model import Site
from .problems import ConfigError, Problem
from .secrets import Secret
from .shipped import shipped

__all__ = ["ConfigError", "Problem", "Secret", "Site", "format_duration", "load", "loads", "parse_duration", "shipped"]
