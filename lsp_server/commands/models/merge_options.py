"""`coterie models merge`: its options, and what it says when it is done."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lsp_server.commands.command_errors import WrongUsage, end_with

Models = Annotated[
    list[Path],
    typer.Argument(
        metavar="A.gguf B.gguf...",
        help="Models of one architecture, shape and vocabulary, of any types.",
        show_default=False,
    ),
]
Out = Annotated[
    Path,
    typer.Option("--out", metavar="M.gguf", help="The file to write.", show_default=False),
]
Type = Annotated[
    str,
    typer.Option(
        "--type",
        metavar="TYPE",
        help="F32, F16, BF16, Q8_0, Q4_0, or one that llama.cpp quantizes to, such as Q4_K_M. "
        "Otherwise the models' own, or F16 where they differ.",
        show_default=False,
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


def models_merge(
    models: Models,
    method: Annotated[
        str,
        typer.Option(
            "--method",
            metavar="METHOD",
            help="How to combine the weights; see above.",
            show_default=False,
        ),
    ],
    out: Out,
    base: Annotated[
        Path | None,
        typer.Option("--base", metavar="BASE.gguf", help="What the models were fine-tuned from."),
    ] = None,
    weights: Annotated[
        str,
        typer.Option(
            "--weights",
            metavar="W,W...",
            help="One number for each model, or one for all. soup, slerp and ties: shares, equal "
            "by default; a single one for slerp is the part of the way. task and dare: factors, "
            "0.4 and 1/models by default.",
            show_default=False,
        ),
    ] = "",
    density: Annotated[
        float | None,
        typer.Option(
            "--density",
            metavar="PART",
            help="Part of the changes that ties (0.2) and dare (0.5) keep.",
            show_default=False,
        ),
    ] = None,
    scale: Annotated[
        float, typer.Option("--scale", metavar="X", help="Factor of the combined changes.")
    ] = 1.0,
    seed: Annotated[
        int, typer.Option("--seed", min=0, metavar="N", help="What dare drops depends on it.")
    ] = 0,
    text: Annotated[
        list[Path] | None,
        typer.Option(
            "--text",
            metavar="PATH",
            help="greedy-soup: text that no model was trained on, as files, folders, or tasks "
            "(.jsonl). May be repeated.",
            show_default=False,
        ),
    ] = None,
    wanted_type: Type = "",
    force: Force = False,
) -> None:
    """Make one model out of the weights of several, which were fine-tuned from one base.

    The result is as large and as fast as one of them, and its metadata says what it was made from.

    \b
    soup         the models' average
    greedy-soup  the average of those that make it predict --text better
    slerp        the point between two models on an arc
    task         --base with what each model changed in it added
    ties         the same, with the largest changes only, and only those
                 that agree in their direction
    dare         the same, with the changes thinned out at random
    """

    def run() -> int:
        from lsp_server.commands.models.make import MergeOptions, merge_models  # noqa: PLC0415

        order = MergeOptions(
            tuple(models), method, out, base, _numbers(weights), density, scale, seed,
            tuple(text or ()), wanted_type, force,
        )  # fmt: skip
        return merge_models(order)

    end_with(run)


def _numbers(weights: str) -> tuple[float, ...]:
    """Read `0.3,0.7`. Raises WrongUsage."""
    try:
        return tuple(float(weight) for weight in weights.split(",")) if weights else ()
    except ValueError:
        raise WrongUsage(
            f"--weights {weights!r} is not a list of numbers such as 0.3,0.7"
        ) from None
