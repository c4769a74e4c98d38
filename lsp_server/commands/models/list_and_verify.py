"""`coterie models list` and `coterie models verify`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec
from rich.table import Table

from ensemble.engines.local.probe import probe
from ensemble.errors import ModelRefused
from ensemble.models.gguf_header import read_header
from ensemble.models.kept_models import user_model_files
from ensemble.models.registry import embedded_index, embedded_models, verify_embedded
from lsp_server.commands.console import print_json, show, warn
from lsp_server.settings.layers import Settings, load_file

Source = Literal["embedded", "configured", "folder"]


class Listed(msgspec.Struct, frozen=True):
    """One model of this machine."""

    name: str
    file: str
    """The GGUF file, or the address of the server."""
    source: Source
    """Where the model comes from."""
    bytes: int = 0
    """The size of the file."""
    architecture: str = ""
    """The architecture as llama.cpp names it."""
    parameters: int = 0
    """The number of weights."""
    context: int = 0
    """The tokens that the model was trained with."""
    fim: str = ""
    """The declared order of the fill-in-the-middle pieces."""
    problem: str = ""
    """Why the model cannot be used, or ""."""


class Verified(msgspec.Struct, frozen=True):
    """The outcome of verifying one file."""

    name: str
    file: str
    """The file."""
    ok: bool
    """Whether the file is what it should be, and opens."""
    message: str
    """What was found; if the file is not usable, why and what to do."""


def list_models(*, as_json: bool) -> int:
    """Print every model; return 0."""
    models = list(_listed(_settings()))
    if as_json:
        print_json({"models": models})
        return 0
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "source", "size", "architecture", "parameters", "context", "order"):
        table.add_column(heading, header_style="bold", no_wrap=True)
    table.add_column("file", header_style="bold", overflow="fold")
    for model in models:
        table.add_row(
            model.name, model.source, _scaled(model.bytes, "B"), model.architecture,
            _scaled(model.parameters, ""), f"{model.context or ''}", model.fim, model.file,
        )  # fmt: skip
    show(table)
    for model in models:
        if model.problem:
            warn(model.problem)
    return 0


def verify_models(*, as_json: bool) -> int:
    """Check every model file; return 1 if one is not usable."""
    results = asyncio.run(_verify_all(_settings())) + _verify_index()
    if as_json:
        print_json({"models": results})
    else:
        table = Table.grid(padding=(0, 2))
        for result in results:
            mark, style = ("✓", "green") if result.ok else ("✗", "red")
            table.add_row(mark, result.name, result.message, style=style)
        show(table)
    return 0 if all(result.ok for result in results) else 1


def _settings() -> Settings:
    settings = load_file()
    for message in settings.messages:
        warn(message)
    return settings


def _places(settings: Settings) -> Iterator[tuple[str, str, Source]]:
    """Yield name, file or URL, and source of every model."""
    embedded = [(model.role, str(model.path)) for model in embedded_models()]
    for name, spec in settings.models.items():
        source: Source = "embedded" if (name, spec.path) in embedded else "configured"
        yield name, spec.path or spec.address, source
    used = {Path(spec.path).resolve() for spec in settings.models.values() if spec.path}
    for file in user_model_files():
        if file.resolve() not in used:
            yield file.stem, str(file), "folder"


def _listed(settings: Settings) -> Iterator[Listed]:
    for name, file, source in _places(settings):
        if name in settings.models and settings.models[name].remote:
            yield Listed(name, file, source, context=settings.models[name].context or 0)
            continue
        try:
            head = read_header(file)
        except ModelRefused as refusal:
            yield Listed(name, file, source, problem=str(refusal))
        else:
            yield Listed(
                name, file, source, head.bytes, head.architecture, head.parameters, head.context,
                head.fim,
            )  # fmt: skip


async def _verify_all(settings: Settings) -> list[Verified]:
    # One after another: each probe may need as much memory as the model is large.
    return [
        await _verify(name, file)
        for name, file, _ in _places(settings)
        if not (name in settings.models and settings.models[name].remote)
    ]


def _verify_index() -> list[Verified]:
    """Verify the index of the training text, if one came with the models."""
    index = embedded_index()
    if index is None:
        return []
    try:
        verify_embedded(index)
    except ModelRefused as refusal:
        return [Verified("copies", str(index.path), False, str(refusal))]
    return [Verified("copies", str(index.path), True, f"{index.path} is the published file")]


async def _verify(name: str, file: str) -> Verified:
    published = {str(model.path): model for model in embedded_models()}.get(file)
    try:
        if published is not None:
            verify_embedded(published)
        read_header(file)
        await probe(file)
    except ModelRefused as refusal:
        return Verified(name, file, False, str(refusal))
    checked = "is the published file and opens" if published else "opens"
    return Verified(name, file, True, f"{file} {checked}")


def _scaled(count: int, unit: str) -> str:
    """Write a count with a decimal prefix; nothing for zero."""
    if not count:
        return ""
    for factor, prefix in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= factor:
            return f"{count / factor:.2f} {prefix}{unit}".rstrip()
    return f"{count} {unit}".rstrip()
