"""Exporting: the readings of a recording as a table, in CSV or Parquet.

It decodes and does not judge: what quality a reading had is a matter of the pipeline, and of `hotzone replay`.
"""

from .run import Request, export

__all__ = ["Request", "export"]
