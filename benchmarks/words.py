"""Figures as people read them."""


def number(value: float | None) -> str:
    """Four digits."""
    return "-" if value is None else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def between(found: tuple[float, float] | None) -> str:
    """Least and most."""
    return "" if found is None else "-".join(map(number, found))
