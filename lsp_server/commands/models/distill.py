"""`coterie models distill-data`: what was accepted and kept, as data to train a model on."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path

import msgspec

from ensemble.learning.accepted import TrainingDocument, accepted_store, documents
from ensemble.learning.row_store import StoreError
from lsp_server.commands.command_errors import CommandError
from lsp_server.commands.console import show


def distill_data(out: Path) -> int:
    """Write the lessons as documents of `training`'s corpus; return 0. Raises CommandError."""
    try:
        lessons = accepted_store().rows()
    except StoreError as error:
        raise CommandError(str(error)) from error
    if not lessons:
        raise CommandError(
            "nothing is recorded: set `distill.record = true` in your settings file, and what you "
            f"accept from then on is kept in {accepted_store().file}"
        )
    found = list(documents(lessons))
    try:
        _write(out, found)
    except OSError as error:
        raise CommandError(f"{out} cannot be written: {error.strerror or error}") from error
    languages = ", ".join(sorted({document.language for document in found}))
    show(f"{out}: {len(found)} holes ({languages}). It is your code: mind who gets it.")
    return 0


def _write(out: Path, found: Iterable[TrainingDocument]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    data = b"".join(msgspec.json.encode(document) + b"\n" for document in found)
    out.write_bytes(gzip.compress(data) if out.suffix == ".gz" else data)
