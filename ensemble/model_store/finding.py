"""Model files that other programs keep on this machine: found where they lie, and never copied.

llama.cpp and the hub's clients share the hub's cache, in which a file's blob is named by its hash;
Ollama's manifests name hashes, too. Elsewhere a file of the catalog is known by its size, and then
by its hash.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ensemble.model_store.model_places import (
    hub_caches,
    llama_caches,
    lm_studio_folders,
    ollama_folders,
)
from ensemble.model_store.part_files import hash_of
from ensemble.models.model_catalog import catalog_models, model_with_hash

_HASH = re.compile(r"[0-9a-f]{64}")
_NO_MODEL = re.compile(r"mmproj|imatrix|-0000[2-9]-of-|-000[1-9]\d-of-", re.IGNORECASE)
_OLLAMA_MODEL = "application/vnd.ollama.image.model"


class FoundModel(msgspec.Struct, frozen=True):
    """A model file that another program keeps."""

    program: str
    """Whose file it is."""
    title: str
    """What the program calls the model."""
    file: str
    """Where it lies."""
    bytes: int
    """Its size."""
    sha256: str = ""
    """Its checksum, "" where that would have to be computed."""

    @property
    def catalog_name(self) -> str:
        """The name of the catalog's model that this is, "" if it is none, as far as is known."""
        model = model_with_hash(self.sha256) if self.sha256 else None
        return model.name if model else ""


def found_models() -> list[FoundModel]:
    """Return what other programs keep, each file once; what may not be read is left out."""
    different: dict[Path, FoundModel] = {}
    for model in (*_in_hub_caches(), *_in_old_caches(), *_of_ollama(), *_of_lm_studio()):
        different.setdefault(Path(model.file).resolve(), model)
    return list(different.values())


def identified(model: FoundModel) -> FoundModel:
    """Return a model with its hash, if its size is that of a model of the catalog, which makes it
    worth reading."""
    sizes = {entry.bytes for entry in catalog_models()}
    if model.sha256 or model.bytes not in sizes:
        return model
    try:
        return msgspec.structs.replace(model, sha256=hash_of(Path(model.file)))
    except OSError:
        return model


def _in_hub_caches() -> Iterator[FoundModel]:
    for root in _existing(hub_caches()):
        for file in _model_files(root):
            inside = file.relative_to(root).parts
            if len(inside) > 3 and inside[0].startswith("models--") and inside[1] == "snapshots":
                repository = inside[0].removeprefix("models--").replace("--", "/")
                blob = file.resolve().name
                sha256 = blob if _HASH.fullmatch(blob) else ""
                yield from _found("hub cache", f"{repository}/{file.name}", file, sha256)


def _in_old_caches() -> Iterator[FoundModel]:
    for root in _existing(llama_caches()):
        for file in sorted(root.glob("*.gguf")):
            yield from _found("llama.cpp", file.stem, file)


def _of_ollama() -> Iterator[FoundModel]:
    for root in _existing(ollama_folders()):
        manifests = root / "manifests"
        for path in _files(manifests):
            try:
                layers = json.loads(path.read_bytes()).get("layers") or ()
                digests = [x["digest"] for x in layers if x.get("mediaType") == _OLLAMA_MODEL]
            except (OSError, ValueError, AttributeError, KeyError, TypeError):
                continue
            *where, tag = path.relative_to(manifests).parts
            # The registry and its own namespace say nothing: `library/qwen2.5-coder:1.5b-base`.
            title = f"{'/'.join(where[1:]).removeprefix('library/')}:{tag}"
            for digest in digests:
                blob = root / "blobs" / str(digest).replace(":", "-")
                yield from _found("Ollama", title, blob, str(digest).removeprefix("sha256:"))


def _of_lm_studio() -> Iterator[FoundModel]:
    for root in _existing(lm_studio_folders()):
        for file in _model_files(root):
            yield from _found("LM Studio", "/".join(file.relative_to(root).parts[-3:]), file)


def _found(program: str, title: str, file: Path, sha256: str = "") -> Iterator[FoundModel]:
    if _NO_MODEL.search(title):
        return
    try:
        size = file.stat().st_size
    except OSError:
        return
    yield FoundModel(program, title, str(file), size, sha256)


def _existing(folders: Iterator[Path]) -> Iterator[Path]:
    """Yield those of the folders that are there, each once."""
    for folder in dict.fromkeys(folders):
        try:
            if folder.is_dir():
                yield folder
        except OSError:
            continue


def _model_files(root: Path) -> Iterator[Path]:
    return (file for file in _files(root) if file.suffix.lower() == ".gguf")


def _files(root: Path) -> Iterator[Path]:
    """Yield the files below a folder, in order; folders that may not be read are left out."""
    for folder, folders, names in os.walk(root):
        folders.sort()
        yield from (Path(folder, name) for name in sorted(names))
