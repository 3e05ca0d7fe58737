"""Operators for observables of readings, one a file: use them in your own pipes."""

from .hot_zones import hot_zones

__all__ = ["hot_zones"]
