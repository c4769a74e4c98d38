"""Options of the commands that ask models: what each means everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

from lsp_server.commands.command_errors import WrongUsage

Tiers = Annotated[
    str | None,
    typer.Option("--tiers", metavar="A,B", help="The models to ask, in this order."),
]
PolicyChoice = Annotated[
    str | None,
    typer.Option(
        "--policy", metavar="NAME|FILE",
        help="How to ask and choose: auto, best-first, cascade+vote, cascade, single, or a "
        "policy's .toml file.",
    ),
]  # fmt: skip


def tier_names(tiers: str | None) -> tuple[str, ...]:
    """Read `a,b`. Raises WrongUsage."""
    if tiers is None:
        return ()
    names = tuple(name.strip() for name in tiers.split(","))
    if not all(names):
        raise WrongUsage(f"--tiers {tiers!r} is not a list of names such as small,large")
    return names
