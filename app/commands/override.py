"""`hotzone override` and `hotzone maintenance`: cooling by hand, and halls that are worked in, over the API of a run."""

from typing import Annotated

import typer

from .asking import HERE, Authority, By, Url

Reason = Annotated[str | None, typer.Option(help="Why; the log keeps it.")]
Length = Annotated[str | None, typer.Option("--for", help="How long, hall time, as 1h; the site file says how long at most.")]


def override(
    unit: Annotated[str, typer.Argument(help="A cooling unit.")],
    value: Annotated[float | None, typer.Argument(help="What its fan is to do, percent.")] = None,
    reason: Reason = None,
    length: Length = None,
    release: Annotated[bool, typer.Option("--release", help="Let hotzone drive it again, now.")] = False,
    url: Url = HERE,
    ca: Authority = None,
    by: By = None,
) -> None:
    """Drive a cooling unit by hand for a while. A zone is never cooled less than it needs."""
    if release:
        _act(url, ca, by, "units", unit, "release", reason, None)
        return
    if value is None:
        from ..errors import UserError

        msg = f"hotzone override {unit}: expected a percentage and --for, or --release"
        raise UserError(msg)
    _act(url, ca, by, "units", unit, "override", reason, length, value)


def maintenance(
    hall: Annotated[str, typer.Argument(help="A hall.")],
    reason: Reason = None,
    length: Length = None,
    end: Annotated[bool, typer.Option("--end", help="It is over, now.")] = False,
    url: Url = HERE,
    ca: Authority = None,
    by: By = None,
) -> None:
    """Say that people work in a hall: commands are shown and not sent, and its thermal alarms call nobody."""
    _act(url, ca, by, "halls", hall, "resume" if end else "maintenance", reason, None if end else length)


def _act(
    url: str,
    ca: str | None,
    by: str | None,
    kind: str,
    name: str,
    action: str,
    reason: str | None,
    length: str | None,
    value: float | None = None,
) -> None:
    from ..asking import Run
    from ..operating import became, operator, until

    run = Run(url, ca)
    end = None if length is None else until(run, length)
    done = run.do(kind, name, action, by=operator(by), reason=reason, until=end, value=value)
    typer.echo("\n".join(became(done)))
