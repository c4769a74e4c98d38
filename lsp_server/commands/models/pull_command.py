"""What `coterie models pull` does."""

from __future__ import annotations

from rich.table import Table

from ensemble.errors import ModelFileError
from ensemble.model_store.pulling import Pulled, pull
from ensemble.models.model_catalog import CatalogModel, catalog_model, default_pair
from lsp_server.commands.command_errors import CommandError, WrongUsage
from lsp_server.commands.console import print_json, print_line, show, warn
from lsp_server.commands.models.transferring import transferring


def pull_models(names: tuple[str, ...], *, accept_license: bool, as_json: bool) -> int:
    """Bring models of the catalog, the default pair if none is named; return 0.

    Raises CommandError for the first that cannot be had; those before it stay.
    """
    models = _named(names)
    if not as_json:
        show(_announced(models))
    for model in models:
        if not model.commercial and not accept_license:
            raise CommandError(
                f"{model.name} is under the {model.terms}. If that suits what you do, say so with "
                "--accept-license."
            )
    pulled = []
    for model in models:
        with transferring() as on_progress:
            pulled.append(pull(model, on_progress, warn))
        if not as_json:
            print_line(_told(pulled[-1]))
    if as_json:
        print_json({"models": pulled})
    return 0


def _named(names: tuple[str, ...]) -> tuple[CatalogModel, ...]:
    try:
        return tuple(map(catalog_model, dict.fromkeys(names))) or default_pair()
    except ModelFileError as error:
        raise WrongUsage(str(error)) from error


def _announced(models: tuple[CatalogModel, ...]) -> Table:
    table = Table.grid(padding=(0, 2))
    for model in models:
        table.add_row(model.name, f"{model.bytes / 1e9:.2f} GB", model.terms)
    return table


def _told(pulled: Pulled) -> str:
    if pulled.source == "here":
        return f"{pulled.file} is there, and is {pulled.name}"
    return f"{pulled.file} is {pulled.name}: from the {pulled.source} in {pulled.seconds:.0f} s"
