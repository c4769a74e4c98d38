"""The command line. Each command imports what it needs when it runs, so that help is quick."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lsp_server.commands.code_actions.action_options import actions_app
from lsp_server.commands.command_errors import WrongUsage
from lsp_server.commands.command_errors import end_with as _end_with
from lsp_server.commands.completion.asking_options import Json, PolicyChoice, Tiers, tier_names
from lsp_server.commands.models.distill_options import models_distill_data
from lsp_server.commands.models.merge_options import models_merge
from lsp_server.commands.models.moe_options import models_moe
from lsp_server.commands.stats.stats_options import stats_app

app = typer.Typer(
    name="coterie",
    help="Private, offline code completion: several local models that must agree.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
models_app = typer.Typer(help="The models on this machine.", no_args_is_help=True)
app.add_typer(models_app, name="models")
app.add_typer(stats_app, name="stats")
app.add_typer(actions_app)  # Without a name, its commands are those of the whole.

Target = Annotated[
    str,
    typer.Argument(
        metavar="FILE:LINE:COL",
        help="Where the text is wanted. Lines and columns count from 1, columns count characters.",
        show_default=False,
    ),
]
Invoked = Annotated[
    bool, typer.Option("--invoked", help="Ask as if by a key press: thorough instead of quick.")
]
Samples = Annotated[
    int | None,
    typer.Option("--samples", min=1, max=16, help="Candidates of each model.", metavar="N"),
]


@app.callback(invoke_without_command=True)
def coterie(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        from importlib.metadata import version as version_of  # noqa: PLC0415

        print(f"coterie {version_of('coterie')}")
        raise typer.Exit


@app.command()
def serve(
    stdio: Annotated[
        bool, typer.Option("--stdio", help="Speak over standard input and output (the default).")
    ] = False,
    tcp: Annotated[
        str | None, typer.Option("--tcp", metavar="HOST:PORT", help="Listen there instead.")
    ] = None,
) -> None:
    """Run the language server."""

    def run() -> int:
        from lsp_server.commands.serve import serve as action  # noqa: PLC0415

        if stdio and tcp is not None:
            raise WrongUsage("--stdio and --tcp exclude each other")
        return action(tcp)

    _end_with(run)


@app.command()
def complete(
    target: Target,
    as_json: Json = False,
    invoked: Invoked = False,
    samples: Samples = None,
    tiers: Tiers = None,
    policy: PolicyChoice = None,
) -> None:
    """Print the completion at a position."""

    def run() -> int:
        from lsp_server.commands.completion.cli_request import CliOptions  # noqa: PLC0415
        from lsp_server.commands.completion.complete import complete as action  # noqa: PLC0415

        return action(
            target, CliOptions(invoked, samples, tier_names(tiers), policy), as_json=as_json
        )

    _end_with(run)


@app.command()
def explain(
    target: Target,
    invoked: Invoked = False,
    samples: Samples = None,
    tiers: Tiers = None,
    policy: PolicyChoice = None,
) -> None:
    """Show how the completion at a position comes about."""

    def run() -> int:
        from lsp_server.commands.completion.cli_request import CliOptions  # noqa: PLC0415
        from lsp_server.commands.completion.explain import explain as action  # noqa: PLC0415

        return action(target, CliOptions(invoked, samples, tier_names(tiers), policy))

    _end_with(run)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check that everything works here, and say what to do where it does not."""

    def run() -> int:
        from lsp_server.commands.doctor import doctor as action  # noqa: PLC0415

        return action(as_json=as_json)

    _end_with(run)


@app.command()
def evaluate(
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
    as_json: Json = False,
) -> None:
    """Measure models and policies on tasks: how often they are right, and what that costs."""

    def run() -> int:
        from lsp_server.commands.evaluation.evaluate import EvaluateOptions  # noqa: PLC0415
        from lsp_server.commands.evaluation.evaluate import evaluate as action  # noqa: PLC0415

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
        )
        if search or out is not None:
            from lsp_server.commands.evaluation.search import SearchOptions  # noqa: PLC0415
            from lsp_server.commands.evaluation.search import search as search_action  # noqa: PLC0415

            wanted = SearchOptions(out, budget, risk, certainty, target)
            return search_action(wanted, request, as_json=as_json)
        return action(request, as_json=as_json)

    _end_with(run)


@models_app.command("list")
def models_list(as_json: Json = False) -> None:
    """List the models that came with Coterie, are configured, or lie in your models folder."""

    def run() -> int:
        from lsp_server.commands.models.list_and_verify import list_models  # noqa: PLC0415

        return list_models(as_json=as_json)

    _end_with(run)


@models_app.command("verify")
def models_verify(as_json: Json = False) -> None:
    """Compare the models with their checksums, and open each in a process of its own."""

    def run() -> int:
        from lsp_server.commands.models.list_and_verify import verify_models  # noqa: PLC0415

        return verify_models(as_json=as_json)

    _end_with(run)


models_app.command("merge")(models_merge)
models_app.command("moe")(models_moe)
models_app.command("distill-data")(models_distill_data)


def main() -> None:
    """The entry point of `coterie`."""
    app()


if __name__ == "__main__":
    main()
