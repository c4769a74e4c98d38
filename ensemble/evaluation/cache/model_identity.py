"""By what answers of one model are told from those of any other: its file, not its name."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

import msgspec

from ensemble.evaluation.cache.generation_cache import GenerationCache
from ensemble.models.registry import ModelSpec

_DECODES = (("ensemble", "inference"), ("ensemble", "engines"), ("code_checks", "text"))
"""The packages' folders whose code decides what a model answers to a prompt, and how quickly."""


class FileHash(msgspec.Struct, frozen=True):
    """The checksum of a file."""

    sha256: str
    """In hexadecimal."""


def model_identity(spec: ModelSpec, known: GenerationCache) -> str | None:
    """Return a checksum over the model's files, how they are opened, and the code that asks them.

    None if a file cannot be read. A server does not show its model's file: there its address and
    the model's name must do. `known` remembers checksums of files that have not changed since.
    """
    try:
        paths = (spec.path, *(adapter.path for adapter in spec.adapters))
        hashes = [_file_hash(Path(path), known) for path in paths if path]
    except OSError:
        return None
    scales = [adapter.scale for adapter in spec.adapters]
    opening = msgspec.structs.replace(
        spec, name="", path="", url=spec.address, adapters=(), skills=(), key_env="", proxy=""
    )
    facts = msgspec.json.encode((opening, hashes, scales, _decoder()))
    return hashlib.sha256(facts).hexdigest()


def _file_hash(file: Path, known: GenerationCache) -> str:
    """Return a file's checksum, reading it only if it was changed. Raises OSError."""
    facts = file.stat()
    key = f"file {file.resolve()} {facts.st_size} {facts.st_mtime_ns}"
    found = known.get(key, FileHash)
    if found is None:
        with file.open("rb") as stream:
            found = FileHash(hashlib.file_digest(stream, "sha256").hexdigest())
        known.put(key, found)
    return found.sha256


@cache
def _decoder() -> str:
    """Return a checksum over llama.cpp's version and our code around it."""
    digest = hashlib.sha256(_llama_version().encode())
    for package, folder in _DECODES:
        # A wheel is always unpacked, so packages are ordinary folders.
        for file in sorted((Path(str(files(package))) / folder).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _llama_version() -> str:
    try:
        return version("llama-cpp-python")
    except PackageNotFoundError:
        return ""
