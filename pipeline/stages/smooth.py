"""Smooth: first-order exponential smoothing over measured time, so that uneven intervals weigh what they should."""


def smooth(last: float | None, celsius: float, elapsed: int, time_constant: int) -> float:
    """The smoothed value after `celsius`, `elapsed` ns later (backward Euler: plain arithmetic, the same on every machine)."""
    if last is None or time_constant <= 0:
        return celsius
    return last + (celsius - last) * (elapsed / (elapsed + time_constant))
