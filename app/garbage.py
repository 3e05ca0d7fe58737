"""Garbage: what Python's collector of cycles is asked to do in a process that goes on for months.

Nearly everything here is freed by counting references. The collector looks for cycles each time 700 objects more than before are alive, which a burst
of readings is many times over; and now and then it looks at everything there is, for a tenth of a second where a site is large.
"""

import gc
from typing import Final

_BURST: Final = 50_000
"""Objects more than before, after which it looks among these."""


def relax() -> None:
    """Look less often."""
    gc.set_threshold(_BURST, 20, 20)


def settle() -> None:
    """And what there is now is to stay, so it is not looked at again; call it once the program is set up."""
    relax()
    gc.collect()
    gc.freeze()
