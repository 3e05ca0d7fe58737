"""Site files for tests, as text."""

from textwrap import dedent

from hotzone.config import ConfigError, Problem, Site, loads

SMALL = """
name = "t"
[halls.h1]
cooling.count = 1
[halls.h1.zones.A1]
layout.count = 2
"""
"""One hall, one zone, two racks of six, one unit."""


def site_of(text: str, **env: str) -> Site:
    """The site of the text."""
    return loads(dedent(text), env=env)


def problems_of(text: str, **env: str) -> dict[str, Problem]:
    """What is wrong with the text, by key."""
    try:
        loads(dedent(text), env=env)
    except ConfigError as error:
        return {problem.key: problem for problem in error.problems}
    return {}
