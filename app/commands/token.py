"""`hotzone token`: a token for the API."""

import secrets
from hashlib import sha256
from typing import Annotated

import typer


def token(
    name: Annotated[str, typer.Argument(help="Whose it is: a person, a screen, a program. Letters, digits and _ . -")],
    scope: Annotated[str, typer.Option(help="read, or operate: acknowledge, shelve and drive by hand, too.")] = "read",
) -> None:
    """Make a token for the API, and the lines of the site file that let it in."""
    from ...config.kinds import Choice, Id
    from ...config.problems import Unfit
    from ..errors import UserError

    try:
        Id().read(name)
        Choice(("read", "operate")).read(scope)
    except Unfit as error:
        raise UserError(str(error)) from None
    made = secrets.token_urlsafe(32)
    typer.echo("The token, which is kept nowhere; give it to whoever it is for:\n", err=True)
    typer.echo(made)
    digest = sha256(made.encode()).hexdigest()
    typer.echo(
        f'\nFor the site file, where only its digest stands:\n\n[http.tokens.{name}]\nsha256 = "{digest}"\nscope = "{scope}"', err=True
    )
