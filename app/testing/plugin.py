"""The pytest plug-in: the fixture `replay`. It loads in every pytest run where hotzone is installed, so it imports late."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .run import Replay


@pytest.fixture
def replay() -> "Replay":
    """Replay a recording, or a timeline written as text, and look at the journal that comes of it."""
    from .run import replay as function

    return function
