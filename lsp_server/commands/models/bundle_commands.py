"""What `coterie models export` and `coterie models import` do."""

from __future__ import annotations

from pathlib import Path

from ensemble.model_store.bundle import BundledModel, export_bundle, import_bundle
from ensemble.models.kept_models import user_models_folder
from lsp_server.commands.command_errors import CommandError
from lsp_server.commands.console import print_json, print_line
from lsp_server.commands.models.transferring import transferring


def export_models(out: Path, names: tuple[str, ...], *, as_json: bool) -> int:
    """Write models into one file; return 0."""
    if out.exists():
        raise CommandError(f"{out} is there already. Remove it, or give another name.")
    with transferring() as on_progress:
        models = export_bundle(names, out, on_progress)
    _say(out, models, as_json=as_json)
    return 0


def import_models(bundle: Path, *, as_json: bool) -> int:
    """Put the models of a bundle into the user's folder; return 0."""
    if not bundle.is_file():
        raise CommandError(f"{bundle}: no such file")
    with transferring() as on_progress:
        models = import_bundle(bundle, on_progress)
    _say(user_models_folder(), models, as_json=as_json)
    return 0


def _say(where: Path, models: tuple[BundledModel, ...], *, as_json: bool) -> None:
    if as_json:
        print_json({"place": str(where), "models": models})
        return
    for model in models:
        license_text = f", {model.license}" if model.license else ""
        print_line(f"{where} has {model.file} ({model.bytes / 1e9:.2f} GB{license_text})")
