"""Options of the commands that ask a run."""

from typing import Annotated, Final

import typer

Url = Annotated[str, typer.Option(help="Where the run listens, as it prints it.", envvar="HOTZONE_URL", show_envvar=False)]
Authority = Annotated[str | None, typer.Option(help="Certificates of the authority of an https address, PEM; the system's unless given.")]
By = Annotated[str | None, typer.Option(help="Whom the log names; the user of this machine unless given.")]
HERE: Final = "http://127.0.0.1:8780"
"""Where a run listens unless its site file says otherwise."""
