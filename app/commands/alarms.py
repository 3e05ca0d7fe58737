"""`hotzone alarms`: what operators do about alarms, over the API of a run."""

from typing import Annotated

import typer

from .asking import HERE, Authority, By, Url

alarms = typer.Typer(
    help="List the alarms of a run, acknowledge them, shelve them, take rules out of service.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)
Alarm = Annotated[str, typer.Argument(help="An alarm's id as `list` shows it, or what is before its @: A1:high.")]
Alarms = Annotated[list[str], typer.Argument(help="Alarms' ids as `list` shows them, or what is before their @: A1:high.")]
Reason = Annotated[str, typer.Option(help="Why; the log keeps it.")]


def _act(url: str, ca: str | None, by: str | None, alarm: str, action: str, reason: str | None = None, length: str | None = None) -> None:
    from ..asking import Run
    from ..operating import became, named, operator, until

    run = Run(url, ca)
    end = None if length is None else until(run, length)
    done = run.do("alarms", named(run, alarm), action, by=operator(by), reason=reason, until=end)
    typer.echo("\n".join(became(done)))


@alarms.command("list")
def show_all(
    url: Url = HERE,
    ca: Authority = None,
    as_json: Annotated[bool, typer.Option("--json", help="As data, on standard output.")] = False,
) -> None:
    """List the alarms that are not normal: first those that nobody acknowledged, the most urgent first. Times are UTC."""
    from msgspec import json

    from ..asking import Run
    from ..operating import listed

    found = Run(url, ca).alarms()
    typer.echo(json.format(json.encode(found), indent=2).decode() if as_json else "\n".join(listed(found)))


@alarms.command("ack")
def ack(names: Alarms, url: Url = HERE, ca: Authority = None, by: By = None) -> None:
    """Acknowledge alarms: somebody knows, and sees to it."""
    for name in names:
        _act(url, ca, by, name, "acknowledge")


@alarms.command("reset")
def reset(names: Alarms, url: Url = HERE, ca: Authority = None, by: By = None) -> None:
    """Let latched alarms go, that are over and acknowledged."""
    for name in names:
        _act(url, ca, by, name, "reset")


@alarms.command("shelve")
def shelve(
    alarm: Alarm,
    reason: Reason,
    length: Annotated[str, typer.Option("--for", help="How long, hall time, as 30m; the site file says how long at most.")],
    url: Url = HERE,
    ca: Authority = None,
    by: By = None,
) -> None:
    """Put an alarm aside for a while; it comes back by itself."""
    _act(url, ca, by, alarm, "shelve", reason, length)


@alarms.command("unshelve")
def unshelve(alarm: Alarm, url: Url = HERE, ca: Authority = None, by: By = None) -> None:
    """Take an alarm back from the shelf."""
    _act(url, ca, by, alarm, "unshelve")


@alarms.command("service")
def service(
    rule: Annotated[str, typer.Argument(help="A place and a rule, A1:high, or the id of an alarm of it.")],
    reason: Annotated[str | None, typer.Option(help="Why; the log keeps it. Not needed with --return.")] = None,
    back: Annotated[bool, typer.Option("--return", help="Back into service, instead of out of it.")] = False,
    url: Url = HERE,
    ca: Authority = None,
    by: By = None,
) -> None:
    """Take a rule at a place out of service: nobody is told of it until it is returned. Cooling goes on."""
    from ..asking import Run
    from ..operating import became, operator

    name = rule if "@" in rule else f"{rule}@0"
    typer.echo("\n".join(became(Run(url, ca).do("alarms", name, "return" if back else "service", by=operator(by), reason=reason))))
