"""What `coterie models add` and `coterie models remove` do."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ensemble.model_store.keeping import Added, add_model, remove_model
from lsp_server.commands.command_errors import CommandError
from lsp_server.commands.console import print_json, print_line
from lsp_server.commands.models.transferring import transferring


def add_to_folder(file: Path, name: str, *, as_json: bool) -> int:
    """Put a model file into the user's folder and say what it is; return 0."""
    if not file.is_file():
        raise CommandError(f"{file}: no such file")
    with transferring() as on_progress:
        added = asyncio.run(add_model(file, name, on_progress))
    if as_json:
        print_json(added)
    else:
        print_line(_told(added))
    return 0


def remove_from_folder(name: str, *, as_json: bool) -> int:
    """Take a model out of the user's folder; return 0."""
    with transferring():
        file = remove_model(name)
    if as_json:
        print_json({"removed": str(file)})
    else:
        print_line(f"{file} is removed")
    return 0


def _told(added: Added) -> str:
    license_text = f", {added.license}" if added.license else ""
    what = f"is there and is {added.name}" if added.how == "here" else f"is {added.name}"
    how = "" if added.how == "here" else f", {added.how}"
    return f"{added.file} {what}{license_text}{how}"
