"""`coterie models moe`: its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lsp_server.commands.command_errors import end_with
from lsp_server.commands.models.merge_options import Force, Models, Out, Type


def models_moe(
    models: Models,
    out: Out,
    prompts: Annotated[
        list[Path] | None,
        typer.Option(
            "--prompts",
            metavar="PATH",
            help="Examples of what one model is good at: a file, a folder, or tasks (.jsonl). Once "
            "per model, in their order. Without any, all experts count equally.",
            show_default=False,
        ),
    ] = None,
    experts_used: Annotated[
        int | None,
        typer.Option(
            "--experts-used",
            min=1,
            metavar="N",
            help="How many experts compute each token: 2 by default.",
            show_default=False,
        ),
    ] = None,
    base: Annotated[
        Path | None,
        typer.Option(
            "--base",
            metavar="BASE.gguf",
            help="Take what the experts share from this model, not from the models' average.",
            show_default=False,
        ),
    ] = None,
    wanted_type: Type = "",
    force: Force = False,
) -> None:
    """Make a mixture of experts out of models that were fine-tuned from one base.

    \b
    In each layer, the models' feed-forward blocks become the experts, and a
    router, fitted to --prompts, weighs them for each token. Plain llama.cpp
    runs the result, which is about as large as all the models together.
    """

    def run() -> int:
        from lsp_server.commands.models.make import MixtureOptions, mix_models  # noqa: PLC0415

        return mix_models(
            MixtureOptions(
                tuple(models), out, tuple(prompts or ()), experts_used, base, wanted_type, force
            )
        )

    end_with(run)
