"""Models in one file, for machines without a network: a tar archive with a manifest of hashes."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import msgspec

from ensemble.errors import ModelFileError, WrongContent
from ensemble.model_store.part_files import (
    OnProgress,
    explained,
    folder_for_writing,
    hash_of,
    part_of,
    require_room,
)
from ensemble.models.kept_models import KeptModel, kept_hash, kept_models, remember
from ensemble.models.model_catalog import model_with_hash

_MANIFEST = "manifest.json"
_VERSION = 1
_MOST_MANIFEST_BYTES = 1 << 20
_BLOCK = 1 << 22


class BundledModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One model of a bundle, as its manifest describes it."""

    file: str
    """Its name in the bundle, and in the user's folder."""
    bytes: int
    """Its size."""
    sha256: str
    """Its checksum, in hexadecimal."""
    fim: str
    """The order of the fill-in-the-middle pieces."""
    license: str = ""
    """In words; "" where the catalog does not know the model."""


class _BundleManifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    models: tuple[BundledModel, ...]


def export_bundle(
    names: Iterable[str], out: Path, on_progress: OnProgress
) -> tuple[BundledModel, ...]:
    """Write models of the user's folder into one file, all of them if none is named.

    Raises ModelFileError; a bundle that could not be completed is not left behind.
    """
    chosen = _chosen(tuple(names))
    with explained(out):
        models = tuple(_described(model, on_progress) for model in chosen)
        out.parent.mkdir(parents=True, exist_ok=True)
        require_room(out.parent, sum(model.bytes for model in models))
        part = part_of(out)
        try:
            with tarfile.open(part, "w") as archive:
                _add(archive, _MANIFEST, msgspec.json.encode(_BundleManifest(_VERSION, models)))
                for kept in chosen:
                    on_progress(f"packing {kept.file}", 0, kept.bytes)
                    archive.add(kept.path.resolve(), kept.file, filter=_without_owner)
                    on_progress(f"packing {kept.file}", kept.bytes, kept.bytes)
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
    return models


def import_bundle(bundle: Path, on_progress: OnProgress) -> tuple[BundledModel, ...]:
    """Put the models of a bundle into the user's folder. What is there already stays.

    Raises ModelFileError; a model is there whole and with the right hash, or not at all.
    """
    broken = ModelFileError(f"{bundle} is no bundle of `coterie models export`, or is cut short.")
    with folder_for_writing() as folder, explained(bundle):
        try:
            with tarfile.open(bundle, "r:") as archive:
                models = _manifest(archive, bundle).models
                for model in models:
                    _unpack(archive, model, folder / model.file, on_progress)
        except (tarfile.TarError, KeyError, EOFError) as error:
            raise broken from error
    return models


def _chosen(names: tuple[str, ...]) -> tuple[KeptModel, ...]:
    """Return the named models of the user's folder. Raises ModelFileError."""
    there = {model.path.stem: model for model in kept_models()}
    by_name = dict(there)
    for model in there.values():
        if known := model_with_hash(model.sha256):
            by_name[known.name] = model
    unknown = [name for name in names if name.removesuffix(".gguf") not in by_name]
    if unknown or not there:
        has = ", ".join(there) or "none; `coterie models pull` brings some"
        asked = f"{unknown[0]!r} is not in your models folder" if unknown else "nothing to export"
        raise ModelFileError(f"{asked}. It has {has}.")
    return tuple(by_name[name.removesuffix(".gguf")] for name in names) or tuple(there.values())


def _described(model: KeptModel, on_progress: OnProgress) -> BundledModel:
    sha256 = kept_hash(model.path) or hash_of(model.path, on_progress)
    known = model_with_hash(sha256)
    return BundledModel(model.file, model.bytes, sha256, model.fim, known.terms if known else "")


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _without_owner(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out who made the bundle, and on what rights the file was kept."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o644
    return entry


def _manifest(archive: tarfile.TarFile, bundle: Path) -> _BundleManifest:
    """Return what the bundle says that it holds. Raises ModelFileError, KeyError or TarError."""
    entry = archive.next()
    stream = archive.extractfile(entry) if entry and entry.name == _MANIFEST else None
    if stream is None:
        raise KeyError(_MANIFEST)
    try:
        manifest = msgspec.json.decode(stream.read(_MOST_MANIFEST_BYTES), type=_BundleManifest)
    except msgspec.DecodeError as error:
        raise ModelFileError(f"{bundle}: its manifest cannot be read: {error}.") from error
    if manifest.version != _VERSION:
        raise ModelFileError(f"{bundle} is of version {manifest.version}. Update coterie.")
    if wrong := [m.file for m in manifest.models if not _is_file_name(m.file)]:
        raise ModelFileError(f"{bundle} names the file {wrong[0]!r}, which no bundle may.")
    return manifest


def _is_file_name(name: str) -> bool:
    """Whether a name stays in the folder that it is put into."""
    return name == Path(name).name and name.endswith(".gguf") and "\\" not in name


def _unpack(
    archive: tarfile.TarFile, model: BundledModel, target: Path, on_progress: OnProgress
) -> None:
    """Put one model in its place. Raises ModelFileError, KeyError, OSError or TarError."""
    if target.exists():
        if (kept_hash(target) or hash_of(target, on_progress)) == model.sha256:
            remember(target, model.sha256, model.fim)
            return
        raise WrongContent(f"{target} is another file. Rename it or remove it, then import again.")
    require_room(target.parent, model.bytes)
    stream = archive.extractfile(model.file)
    if stream is None:
        raise KeyError(model.file)
    part = part_of(target)
    try:
        if _copied(stream, part, model, on_progress) != model.sha256:
            raise WrongContent(f"{model.file} was damaged on its way: its hash is another one.")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    remember(target, model.sha256, model.fim)


def _copied(stream: IO[bytes], part: Path, model: BundledModel, on_progress: OnProgress) -> str:
    """Write a part file; return its hash."""
    digest = hashlib.sha256()
    with part.open("wb") as copy:
        while block := stream.read(_BLOCK):
            copy.write(block)
            digest.update(block)
            on_progress(f"unpacking {model.file}", copy.tell(), model.bytes)
    return digest.hexdigest()
