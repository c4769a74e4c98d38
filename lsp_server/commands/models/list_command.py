"""What `coterie models list` does: the models here, those that can be had, those of others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import msgspec
from rich.table import Table

from ensemble.errors import ModelRefused
from ensemble.model_store.finding import FoundModel, found_models, identified
from ensemble.models.gguf_header import read_header
from ensemble.models.kept_models import kept_hash, user_model_files, user_models_folder
from ensemble.models.model_catalog import CatalogModel, catalog_models, model_with_hash
from ensemble.models.registry import embedded_models
from lsp_server.commands.console import print_json, show, warn
from lsp_server.settings.layers import Settings, load_file

Source = Literal["embedded", "configured", "folder"]


class ModelPlace(msgspec.Struct, frozen=True):
    """Where one model of this machine is."""

    name: str
    file: str
    """The GGUF file, or the address of the server."""
    source: Source
    """Where the model comes from."""


class Listed(ModelPlace, frozen=True):
    """One model of this machine, and what its file says of itself."""

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
    catalog_name: str = ""
    """The name of the catalog's model that the file is, as far as is known without reading it."""
    license: str = ""
    """That model's license."""


def list_models(*, as_json: bool) -> int:
    """Print every model that a policy may name or that lies in the user's folder; return 0."""
    settings = settings_said()
    models = [_listed(place, settings) for place in places(settings)]
    if as_json:
        print_json({"models": models})
        return 0
    table = _table("name", "source", "size", "architecture", "parameters", "context", "license")
    for model in models:
        table.add_row(
            model.name, model.source, scaled(model.bytes, "B"), model.architecture,
            scaled(model.parameters, ""), f"{model.context or ''}", model.license, model.file,
        )  # fmt: skip
    show(table)
    for message in (*(model.problem for model in models), *_twins(models)):
        if message:
            warn(message)
    return 0


def list_catalog(*, as_json: bool) -> int:
    """Print the models that can be pulled; return 0."""
    if as_json:
        print_json({"models": catalog_models()})
        return 0
    table = _table("name", "size", "memory", "tiers", "license")
    for model in catalog_models():
        here = "is here" if (user_models_folder() / model.file).exists() else ""
        table.add_row(
            model.name, scaled(model.bytes, "B"), scaled(model.memory, "B"),
            ", ".join(model.tiers), _terms(model), here,
        )  # fmt: skip
    show(table)
    return 0


def list_found(*, as_json: bool) -> int:
    """Print the model files that other programs keep on this machine; return 0."""
    models = [identified(model) for model in found_models()]
    if as_json:
        print_json({"models": [_as_document(model) for model in models]})
        return 0
    if not models:
        show("No model files of llama.cpp, the hub's clients, Ollama or LM Studio were found.")
        return 0
    table = _table("program", "model", "size", "in the catalog as")
    for model in models:
        table.add_row(
            model.program, model.title, scaled(model.bytes, "B"), model.catalog_name, model.file
        )
    show(table)
    show("`coterie models add FILE` uses one without a second copy where the file system allows.")
    return 0


def _as_document(model: FoundModel) -> dict[str, object]:
    return {**msgspec.structs.asdict(model), "catalog_name": model.catalog_name}


def settings_said() -> Settings:
    """Return the user's settings, and warn of what is wrong with them."""
    settings = load_file()
    for message in settings.messages:
        warn(message)
    return settings


def places(settings: Settings) -> Iterator[ModelPlace]:
    """Yield where every model is: those that a policy may name, the rest of the folder, and the
    embedded ones where others have their names."""
    embedded = [(model.role, str(model.path)) for model in embedded_models()]
    folder = user_models_folder()
    for name, spec in settings.models.items():
        source: Source = "embedded" if (name, spec.path) in embedded else "configured"
        if spec.path and Path(spec.path).parent == folder:
            source = "folder"
        yield ModelPlace(name, spec.path or spec.address, source)
    used = {Path(spec.path).resolve() for spec in settings.models.values() if spec.path}
    for file in user_model_files():
        if file.resolve() not in used:
            yield ModelPlace(file.stem, str(file), "folder")
    for model in embedded_models():
        if model.path.resolve() not in used:
            yield ModelPlace(model.name, str(model.path), "embedded")


def _listed(place: ModelPlace, settings: Settings) -> Listed:
    name, file, source = place.name, place.file, place.source
    if name in settings.models and settings.models[name].remote:
        return Listed(name, file, source, context=settings.models[name].context or 0)
    known = model_with_hash(kept_hash(Path(file)))
    catalog_name, license_text = (known.name, known.terms) if known else ("", "")
    try:
        head = read_header(file)
    except ModelRefused as refusal:
        return Listed(name, file, source, problem=str(refusal))
    return Listed(
        name, file, source, head.bytes, head.architecture, head.parameters, head.context,
        head.fim or (known.fim if known else ""), "", catalog_name, license_text,
    )  # fmt: skip


def _twins(models: Iterable[Listed]) -> Iterator[str]:
    """Say which files are one, as far as is known without reading them."""
    seen: dict[object, Listed] = {}
    for model in models:
        file = Path(model.file)
        if model.bytes:
            facts = file.stat()
            first = seen.setdefault(kept_hash(file) or (facts.st_dev, facts.st_ino), model)
            if first is not model and first.file != model.file:
                yield f"{model.file} and {first.file} are one model; one of the names is enough."


def _table(*headings: str) -> Table:
    """Return a table with a last column that is folded."""
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, header_style="bold", no_wrap=True)
    table.add_column("file" if "source" in headings or "program" in headings else "",
                     header_style="bold", overflow="fold")  # fmt: skip
    return table


def _terms(model: CatalogModel) -> str:
    return model.license if model.commercial else f"{model.license}: not commercially"


def scaled(count: int, unit: str) -> str:
    """Write a count with a decimal prefix; nothing for zero."""
    if not count:
        return ""
    for factor, prefix in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= factor:
            return f"{count / factor:.2f} {prefix}{unit}".rstrip()
    return f"{count} {unit}".rstrip()
