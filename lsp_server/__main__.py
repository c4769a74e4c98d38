"""The command line. Each command imports what it needs when it runs, so that help is quick."""

from __future__ import annotations

from typing import Annotated

import typer

from lsp_server.commands.code_actions.action_options import actions_app
from lsp_server.commands.command_errors import WrongUsage
from lsp_server.commands.command_errors import end_with as _end_with
from lsp_server.commands.completion.asking_options import PolicyChoice, Tiers, tier_names
from lsp_server.commands.evaluation.evaluate_options import evaluate_command
from lsp_server.commands.json_option import Json
from lsp_server.commands.models.distill_options import models_distill_data
from lsp_server.commands.models.merge_options import models_merge
from lsp_server.commands.models.moe_options import models_moe
from lsp_server.commands.models.store_options import add_store_commands
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


app.command("evaluate")(evaluate_command)


add_store_commands(models_app)
models_app.command("merge")(models_merge)
models_app.command("moe")(models_moe)
models_app.command("distill-data")(models_distill_data)


def main() -> None:
    """The entry point of `coterie`."""
    app()


if __name__ == "__main__":
    main()
