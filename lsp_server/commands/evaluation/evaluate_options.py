"""`coterie evaluate`: its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lsp_server.commands.command_errors import end_with
from lsp_server.commands.json_option import Json


def evaluate_command(
    tasks: Annotated[
        Path | None,
        typer.Argument(
            metavar="TASKS",
            help="Holes with known solutions and tests: JSON lines, plain or gzip.",
            show_default=False,
        ),
    ] = None,
    repository: Annotated[
        Path | None,
        typer.Option(
            "--repo", metavar="DIR", help="Cut the holes from the code in this folder instead."
        ),
    ] = None,
    policies: Annotated[
        list[str] | None,
        typer.Option(
            "--policy",
            metavar="NAME_OR_FILE",
            help="A model, a default policy, or a TOML file. May be repeated.",
        ),
    ] = None,
    recorded: Annotated[
        list[Path] | None,
        typer.Option(
            "--recorded",
            metavar="FILE",
            help="What models once wrote for these tasks; they take part instead of those on "
            "this machine. May be repeated.",
        ),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="With --recorded: this machine's models as well.")
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, metavar="N", help="Draw N tasks, always the same ones."),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", metavar="FILE.svg", help="Draw quality against cost."),
    ] = None,
    search: Annotated[
        bool, typer.Option("--search", help="Fit a policy to the tasks and write it to --out.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="POLICY.toml", help="For --search.")
    ] = None,
    budget: Annotated[
        str,
        typer.Option(
            metavar="COST",
            help="For --search: the mean relative compute of a task, or a percentage of what the "
            "best single model takes.",
        ),
    ] = "",
    risk: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            max=0.999,
            help="For --search: stay silent where needed, so that at most this share of what is "
            "shown is wrong.",
        ),
    ] = None,
    certainty: Annotated[
        float | None,
        typer.Option(
            min=0.5,
            max=0.999,
            help="For --search: keep the risk with this probability, not only in expectation.",
        ),
    ] = None,
    target: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            max=0.999,
            help="For --search: like --risk, with tasks of a problem taken for independent, which "
            "promises less and shows more.",
        ),
    ] = None,
    fit_reward: Annotated[
        Path | None,
        typer.Option(
            "--fit-reward",
            metavar="FILE.json",
            help="Fit a reward on all of it, for policies to name; what is measured is held out.",
        ),
    ] = None,
    fit_router: Annotated[
        Path | None,
        typer.Option(
            "--fit-router",
            metavar="FILE.toml",
            help="Write a policy that begins where a router, fitted on all of it, expects most.",
        ),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(
            "--cache",
            metavar="DIR",
            help="Where answers of this machine's models are kept, so that an interrupted run goes "
            "on and nothing is asked twice. Your cache folder, if not given.",
        ),
    ] = None,
    no_cache: Annotated[
        bool,
        typer.Option("--no-cache", help="Ask everything anew, and keep nothing."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Measure models and policies on tasks: how often they are right, and what that costs."""

    def run() -> int:
        from lsp_server.commands.evaluation.evaluate import EvaluateOptions  # noqa: PLC0415
        from lsp_server.commands.evaluation.evaluate import evaluate_and_show as action  # noqa: PLC0415
        from lsp_server.commands.evaluation.live_models import cache_folder  # noqa: PLC0415

        request = EvaluateOptions(
            tasks,
            repository,
            tuple(policies or ()),
            tuple(recorded or ()),
            live,
            limit,
            picture,
            fit_reward,
            fit_router,
            cache_folder(cache, no_cache=no_cache),
        )
        if search or out is not None:
            from lsp_server.commands.evaluation.search import SearchOptions  # noqa: PLC0415
            from lsp_server.commands.evaluation.search import search as search_action  # noqa: PLC0415

            wanted = SearchOptions(out, budget, risk, certainty, target)
            return search_action(wanted, request, as_json=as_json)
        return action(request, as_json=as_json)

    end_with(run)
