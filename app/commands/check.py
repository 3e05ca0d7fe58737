"""`hotzone check`: what was understood of a site file, or everything that is wrong with it."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.tree import Tree

    from ...config.describe import Node

_WIDE = 500
"""Columns where there is no terminal: a pipe cuts nothing off."""


def check(
    site: Annotated[str, typer.Argument(help="A site file, or the name of one that ships with hotzone: demo, hall-200, site.example.")],
) -> None:
    """Show what a site file says as a tree, or every problem in it at once."""
    from rich.console import Console

    from ...config.describe import describe
    from ...config.problems import ConfigError
    from ..handling import checked

    try:
        found = checked(site)
    except ConfigError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    width = None if sys.stdout.isatty() else _WIDE
    Console(highlight=False, width=width).print(_tree(describe(found)))


def _tree(node: "Node") -> "Tree":
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(Text(node.label))
    for child in node.children:
        tree.children.append(_tree(child))
    return tree
