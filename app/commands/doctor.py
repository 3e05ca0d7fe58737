"""`hotzone doctor`: everything that hotzone stands on, and what to do about what is not well."""

from typing import Annotated

import typer


def doctor(
    site: Annotated[str, typer.Option(help="A site file, or the name of one that ships with hotzone.")] = "site.toml",
    broker: Annotated[str | None, typer.Option(help="Look at this broker instead of the site file's.")] = None,
) -> None:
    """Look at broker, clock, disk and permissions; exit code 1 if something does not work."""
    import asyncio

    from ...config.printable import printable
    from ...config.redaction import redacted
    from ..doctor import Level, report, worst
    from ..doctor import doctor as examine
    from ..sites import site_named, with_broker

    findings = asyncio.run(examine(with_broker(site_named(site), broker)))
    typer.echo("\n".join(map(printable, redacted(report(findings)).split("\n"))))
    raise typer.Exit(1 if worst(findings) is Level.ERROR else 0)
