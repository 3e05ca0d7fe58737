"""The site file: what there is, what is too hot, and who is told; read, checked and made into one frozen value, `Site`.

Nothing here knows of MQTT, of time passing or of the pipeline.
"""

from typing import TYPE_CHECKING

from .model import Site
from .on_demand import on_demand
from .problems import ConfigError, Problem
from .secrets import Secret
from .shipped import shipped

if TYPE_CHECKING:
    from .durations import format_duration, parse_duration
    from .loader import load, loads
else:  # whoever is given a site reads none
    __getattr__ = on_demand(__name__, {"format_duration": "durations", "load": "loader", "loads": "loader", "parse_duration": "durations"})

__all__ = ["ConfigError", "Problem", "Secret", "Site", "format_duration", "load", "loads", "parse_duration", "shipped"]
