"""The command line. Each command is a file of `commands/`, which imports what it needs when it is called, so that help comes at once.

Exit codes: 0 it worked; 1 it was asked for rightly and did not work out, as a `check` of a wrong site file; 2 it was asked for wrongly, or the
site file cannot be used.
"""

import errno
import os
import sys
import traceback
from typing import Final

import typer

from .commands.acl import acl
from .commands.alarms import alarms
from .commands.certs import certs
from .commands.check import check
from .commands.compare import compare
from .commands.demo import demo
from .commands.doctor import doctor
from .commands.explain import explain
from .commands.export import export
from .commands.handlers import handlers
from .commands.import_ import import_
from .commands.kpi import kpi
from .commands.learn import learn
from .commands.outbox import outbox
from .commands.override import maintenance, override
from .commands.record import record
from .commands.replay import replay
from .commands.run import run
from .commands.show import show
from .commands.simulate import simulate
from .commands.token import token

_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""What standard output may answer that is no fault of ours."""

app = typer.Typer(
    name="hotzone",
    help="Watches the temperature of a datacenter and cools what gets hot.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command in (demo, run, simulate, replay, show, explain, kpi, learn, compare, check, certs, acl, doctor, token, override, maintenance):
    app.command()(command)
app.command("import")(import_)
app.command()(record)
app.command()(export)
app.add_typer(handlers, name="handlers")
app.add_typer(outbox, name="outbox")
app.add_typer(alarms, name="alarms")


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Show the version and stop."),  # noqa: FBT001  an option is no positional argument
) -> None:
    """Watches the temperature of a datacenter and cools what gets hot."""
    if version:
        from .version import version as installed

        typer.echo(f"hotzone {installed()}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


def main() -> None:
    """The entry point: runs a command, and makes of what the user or the world did wrong a message and an exit code."""
    try:
        try:
            app()
        finally:
            if sys.stdout:  # there is none where it was closed
                sys.stdout.flush()  # a disk that is full says so now, not when nobody can answer any more
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        _give_up_output()
        sys.exit(1)
    except Exception as error:  # noqa: BLE001  our own faults are shown as tracebacks, without secrets
        from ..config.redaction import redacted

        code = _code(error)
        if isinstance(error, OSError):
            _give_up_output()
        if code is None:
            sys.stderr.write(redacted(traceback.format_exc()))
            sys.exit(1)
        said = f"cannot write: {error.strerror}" if isinstance(error, OSError) else error
        from ..config.printable import printable

        sys.stderr.write("\n".join(map(printable, redacted(f"hotzone: {said}").split("\n"))) + "\n")
        sys.exit(code)


def _give_up_output() -> None:
    """What could not be written is not tried again at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _code(error: Exception) -> int | None:
    """The exit code for an error that has a message for people; None for one that is our own fault."""
    from ..config.problems import ConfigError
    from ..config.shipped import UnknownSite
    from .errors import RunFailed, UserError

    if isinstance(error, ConfigError | UnknownSite | UserError):
        return 2
    if isinstance(error, RunFailed):
        return 1
    from ..sensors.hall import FaultError
    from ..sensors.mqtt import MqttError
    from ..sensors.recording import NotARecording, RecordingError, RecordingInUse
    from ..sensors.tables import TableError
    from .state_file import StateUnwritable
    from .web import AddressUnavailable

    if isinstance(error, FaultError | NotARecording | RecordingInUse | AddressUnavailable | TableError):
        return 2
    full = isinstance(error, OSError) and error.filename is None and error.errno in _FULL
    return 1 if full or isinstance(error, MqttError | RecordingError | StateUnwritable) else None


if __name__ == "__main__":
    main()
