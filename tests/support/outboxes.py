"""What an outbox keeps."""

from hotzone.handlers.outbox import Outbox, Row


def dead(outbox: Outbox) -> list[Row]:
    """Its dead letters, oldest first."""
    return [row for row in outbox.rows() if row.state == "dead"]
