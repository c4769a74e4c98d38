"""How a model is to be opened, and the models that came with the package.

Nothing here opens a model: a `ModelSpec` says how a host is to open one.
"""

from __future__ import annotations

import hashlib
import logging
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import msgspec

from code_checks.checks.copy_index import CopyIndex
from ensemble.errors import ModelRefused
from ensemble.models.server_url import without_credentials

_log = logging.getLogger(__name__)


class Adapter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A LoRA adapter: its GGUF file and the factor by which its change is multiplied."""

    path: str
    scale: float = 1.0


class ModelSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one model is to be opened: a GGUF file at `path`, or a server at `url`, never both."""

    name: str
    """By which policies call it."""
    path: str = ""
    url: str = ""
    """May hold `user:password@`; show `address` instead."""
    context: int | None = None
    """In tokens; None means what the model was trained with, 8,192 at most."""
    gpu_layers: int = -1
    """How many layers go to the GPU; −1 are all. Builds without a GPU ignore it."""
    threads: int | None = None
    """None is the number of physical cores."""
    kv_type: Literal["f16", "q8_0", "q4_0"] = "f16"
    """The number format of the KV cache."""
    flash_attention: Literal["auto", "on", "off"] = "auto"
    """Whether attention is computed by the fused kernels."""
    adapters: tuple[Adapter, ...] = ()
    """The LoRA adapters that are put on the model."""
    skills: tuple[str, ...] = ()
    """The languages, and other skills, that the model is good at; empty means all."""
    model: str = ""
    """Of a server: the model's identifier there."""
    fim: str = ""
    """Of a server: the family of fill-in-the-middle tokens that the model was trained with."""
    key_env: str = ""
    """Of a server: the environment variable that holds a bearer key."""
    proxy: str = ""
    """Of a server: the URL of the proxy through which it is reached, "" for none."""

    @property
    def remote(self) -> bool:
        return bool(self.url)

    @property
    def address(self) -> str:
        """The server's URL as it may be shown: without a user and a password."""
        return without_credentials(self.url)


class EmbeddedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that came with the package, as `models/manifest.json` names it."""

    file: str
    """Its name in the folder of the manifest."""
    bytes: int
    """Its size."""
    sha256: str
    """Its checksum, in hexadecimal."""

    @property
    def path(self) -> Path:
        return _models_folder() / self.file


class EmbeddedModel(EmbeddedFile, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A model that came with the package. `role` is the name by which policies call it."""

    role: Literal["small", "large"]
    name: str

    def spec(self) -> ModelSpec:
        return ModelSpec(name=self.role, path=str(self.path))


class _Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    models: tuple[EmbeddedModel, ...]
    copies: EmbeddedFile | None = None
    """By what long copies of the embedded models' training text are recognized."""


def _models_folder() -> Path:
    # A wheel is always unpacked, so the resource is an ordinary folder that a host can map.
    return Path(str(files("ensemble"))) / "models"


@cache
def _manifest() -> _Manifest:
    manifest = (_models_folder() / "manifest.json").read_bytes()
    return msgspec.json.decode(manifest, type=_Manifest)


def embedded_index() -> EmbeddedFile | None:
    """Return the manifest's entry for the index of the training text."""
    return _manifest().copies


def embedded_models() -> tuple[EmbeddedModel, ...]:
    """Return the models of the manifest, in its order: the small one first."""
    return _manifest().models


@cache
def copy_index() -> CopyIndex | None:
    """Return the index of the embedded models' training text; None if none came with them, or if
    it cannot be read, which `coterie models verify` reports."""
    copies = _manifest().copies
    if copies is None:
        return None
    try:
        return CopyIndex.read(copies.path)
    except (OSError, ValueError) as error:
        _log.warning("long copies of training text are not recognized: %s", error)
        return None


def verify_embedded(file: EmbeddedFile) -> None:
    """Compare an embedded file with the manifest.

    Raises ModelRefused naming the file and the remedy, if it is missing or differs by a bit.
    """
    remedy = "Install the coterie package again."
    try:
        with file.path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ModelRefused(f"{file.path}: cannot be read ({reason}). {remedy}") from error
    if found != file.sha256:
        raise ModelRefused(f"{file.path}: differs from the published file. {remedy}")
