"""`coterie stats` and the commands below it: their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lsp_server.commands.command_errors import WrongUsage, end_with
from lsp_server.commands.json_option import Json

stats_app = typer.Typer(
    help="What became of suggestions on this machine, and what was learned from it.",
    invoke_without_command=True,
)


@stats_app.callback()
def stats(
    context: typer.Context,
    as_json: Json = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with pictures.")
    ] = None,
) -> None:
    """Show what became of suggestions: accepted, kept, undone, how long they took."""

    def run() -> int:
        from lsp_server.commands.stats.show import stats as action  # noqa: PLC0415

        return action(as_json=as_json, html=html)

    if context.invoked_subcommand is None:
        end_with(run)
    elif as_json or html is not None:

        def refuse() -> int:
            raise WrongUsage(f"--json and --html are not for `stats {context.invoked_subcommand}`")

        end_with(refuse)


@stats_app.command("fit")
def stats_fit() -> None:
    """Fit the router and a reward on what became of suggestions here."""

    def run() -> int:
        from lsp_server.commands.stats.fit_and_share import fit_and_show  # noqa: PLC0415

        return fit_and_show()

    end_with(run)


@stats_app.command("share")
def stats_share(
    out: Annotated[Path, typer.Argument(metavar="OUT.json", show_default=False)],
) -> None:
    """Write what was learned here for others: weights, and no text."""

    def run() -> int:
        from lsp_server.commands.stats.fit_and_share import share  # noqa: PLC0415

        return share(out)

    end_with(run)


@stats_app.command("merge")
def stats_merge(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", show_default=False)],
) -> None:
    """Use what others have learned, weighted by how much they had to learn from."""

    def run() -> int:
        from lsp_server.commands.stats.fit_and_share import merge_received  # noqa: PLC0415

        return merge_received(files)

    end_with(run)
