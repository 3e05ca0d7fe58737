"""The states of alarms into their page: `python -m support.alarm_page docs/alarms.md`."""

import sys
from pathlib import Path

from hotzone.pipeline.diagram import written

if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(written(page.read_text("utf-8")), "utf-8")
