"""Rows as Parquet, with the extra `hotzone[parquet]`: times in ns, UTC; names as a dictionary; temperatures as doubles."""

import sys
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Final

from ..errors import UserError
from .rows import Row

ROWS: Final = 65_536
"""Of one row group, which is what is held in memory."""


def write_parquet(path: Path, rows: Iterable[Row], unit: str) -> int:
    """A reading a row; the number of rows. Raises UserError without the extra."""
    try:
        import pyarrow as pa  # type: ignore[import-not-found,import-untyped,unused-ignore]  # no types, and may be absent
        import pyarrow.parquet as pq  # type: ignore[import-not-found,import-untyped,unused-ignore]  # the same
    except ImportError:
        msg = f"Parquet needs the extra: {sys.executable} -m pip install 'hotzone[parquet]'; or name a file that ends in .csv or .csv.gz"
        raise UserError(msg) from None
    moment = pa.timestamp("ns", tz="UTC")
    name = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema(
        [("time", moment), ("arrived", moment), ("sensor", name), ("zone", name), (unit, pa.float64()), ("sequence", pa.int64())]
    )
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        ahead = iter(rows)
        while group := list(islice(ahead, ROWS)):
            columns = zip(*group, strict=True)
            writer.write_table(
                pa.table([pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)], schema=schema)
            )
            count += len(group)
    return count
