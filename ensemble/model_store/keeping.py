"""Putting a model file that is on this machine into the user's folder, and taking one out."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from ensemble.engines.local.probe import probe_model
from ensemble.errors import ModelFileError, WrongContent
from ensemble.model_store.part_files import (
    OnProgress,
    explained,
    folder_for_writing,
    hash_of,
    link_or_copy,
    part_of,
)
from ensemble.models.kept_models import (
    forget,
    kept_hash,
    remember,
    user_model_files,
)
from ensemble.models.model_catalog import (
    CatalogModel,
    catalog_models,
    model_with_file,
    model_with_hash,
)

_SPLIT = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")


class Added(msgspec.Struct, frozen=True):
    """A model that is in the user's folder now."""

    name: str
    """The catalog's, or else the file's."""
    file: str
    """Where it lies."""
    bytes: int
    """Its size."""
    sha256: str
    """Its checksum."""
    license: str
    """The license in words, "" if the catalog does not know the model."""
    how: str
    """Whether it was "linked", "copied", or "here" already."""


async def add_model(file: Path, name: str, on_progress: OnProgress) -> Added:
    """Put a model file into the user's folder, as another name of the same file where the file
    system can do that.

    `name` is the name that it gets there, "" for the catalog's or its own. Raises ModelRefused for
    a file that is no usable model, and ModelFileError.
    """
    split = _SPLIT.search(file.name)
    if split and int(split[2]) > 1:
        raise ModelFileError(
            f"{file} is one of {int(split[2])} parts of a model. Join them with "
            "`llama-gguf-split --merge`, and add what comes out."
        )
    info = (await probe_model(str(file))).info
    if not info.fim.usable:
        raise ModelFileError(
            f"{file} has no fill-in-the-middle tokens, so it cannot write between what stands "
            "before and behind the cursor. `coterie models recommend` names models that can."
        )
    with explained(file):
        sha256 = hash_of(file, on_progress)
    known = model_with_hash(sha256)
    target_name = _target_name(file, name, known)
    with folder_for_writing() as folder, explained(folder):
        target, how = folder / target_name, "here"
        if there := _same(folder, file, sha256):
            target = there
        elif target.exists():
            raise ModelFileError(
                f"{target} is there already and is another file. Give another --name."
            )
        else:
            how = link_or_copy(file, part_of(target), on_progress)
            part_of(target).replace(target)
        remember(target, sha256, info.fim.order)
        size = target.stat().st_size
    license_text = known.terms if known else ""
    return Added(known.name if known else target.stem, str(target), size, sha256, license_text, how)


def remove_model(name: str) -> Path:
    """Take a model out of the user's folder, by its name there or in the catalog; return its file.

    Raises ModelFileError.
    """
    with folder_for_writing() as folder, explained(folder):
        for file in (*user_model_files(), *sorted(folder.glob("*.gguf.part"))):
            if name in _names(file):
                file.unlink()
                part_of(file).unlink(missing_ok=True)
                forget(file)
                return file
        names = ", ".join(file.stem for file in user_model_files()) or "no model"
    raise ModelFileError(f"{name!r} is not in {folder}, which holds {names}.")


def _names(file: Path) -> set[str]:
    """Return by what a file in the user's folder may be called."""
    file = file.with_suffix("") if file.suffix == ".part" else file
    called = {model.name for model in catalog_models() if model.file == file.name}
    if known := model_with_hash(kept_hash(file)):
        called.add(known.name)
    return {file.name, file.stem, str(file), *called}


def _target_name(file: Path, name: str, known: CatalogModel | None) -> str:
    """Return the name that a file gets. Raises ModelFileError for one that says something else."""
    chosen = name or (known.file if known else file.name)
    if Path(chosen).name != chosen or chosen.startswith("."):
        raise ModelFileError(f"--name {name!r} is not the name of a file in one folder.")
    chosen = chosen if chosen.endswith(".gguf") else f"{chosen}.gguf"
    expected = model_with_file(chosen)
    if expected is not None and expected is not known:
        what = f"It is {known.name}." if known else "The catalog does not know it."
        raise WrongContent(
            f"{file} is not {expected.name}, as the name {chosen} says. {what} Give another --name."
        )
    return chosen


def _same(folder: Path, file: Path, sha256: str) -> Path | None:
    """Return the file of the folder that is this one, if there is one."""
    for there in user_model_files():
        if there.samefile(file) or kept_hash(there) == sha256:
            return there
    return None
