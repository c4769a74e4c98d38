"""The commands of code actions, one for each, and their options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from lsp_server.commands.command_errors import end_with
from lsp_server.commands.completion.asking_options import PolicyChoice, Tiers, tier_names
from lsp_server.commands.json_option import Json

actions_app = typer.Typer()

Line = Annotated[
    str,
    typer.Argument(
        metavar="FILE:LINE",
        help="Where the cursor would be: a line, counted from 1; FILE:LINE:COL is understood, too.",
        show_default=False,
    ),
]
Write = Annotated[bool, typer.Option("--write", help="Make the edit, in the files themselves.")]
Explain = Annotated[bool, typer.Option("--explain", help="Tell everything that led to it.")]


_COMMANDS = (
    ("function", "completeFunction", "Complete the function at a line, verified by its tests."),
    ("repair", "repairFunction", "Change the function at a line until all of its tests pass."),
    ("tests", "writeTests", "Write tests for the function at a line."),
    ("document", "documentFunction", "Write documentation for the function at a line."),
    ("fix", "fixSyntax", "Fix the syntax error at a line."),
)
"""What is typed, the action's name in `lsp_server.code_actions.catalog`, and what help says."""


def _command(action: str) -> Callable[..., None]:
    """Return the command that has an action done."""

    def command(
        target: Line,
        write: Write = False,
        explain: Explain = False,
        as_json: Json = False,
        tiers: Tiers = None,
        policy: PolicyChoice = None,
    ) -> None:
        def run() -> int:
            from lsp_server.commands.code_actions.order import OrderOptions, order  # noqa: PLC0415

            options = OrderOptions(tier_names(tiers), policy, write, explain, as_json)
            return order(action, target, options)

        end_with(run)

    return command


for _name, _action, _help in _COMMANDS:
    actions_app.command(_name, help=_help)(_command(_action))
