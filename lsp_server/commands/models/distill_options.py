"""`coterie models distill-data`: its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lsp_server.commands.command_errors import end_with


def models_distill_data(
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT.jsonl",
            help="The file to write, with .gz at its end a packed one, which `training` reads.",
            show_default=False,
        ),
    ],
) -> None:
    """Export what you accepted as training data, if `distill.record` is on."""

    def run() -> int:
        from lsp_server.commands.models.distill import distill_data  # noqa: PLC0415

        return distill_data(out)

    end_with(run)
