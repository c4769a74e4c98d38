"""What `coterie models verify` does: is each file what its name says, and can it complete?"""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
from rich.table import Table

from ensemble.engines.engine import Engine
from ensemble.engines.local.host_client import HostClient
from ensemble.engines.local.probe import probe_model
from ensemble.errors import EngineError, ModelRefused
from ensemble.model_store.part_files import hash_of
from ensemble.models.gguf_header import read_header
from ensemble.models.kept_models import kept_hash
from ensemble.models.model_catalog import model_with_file, model_with_hash
from ensemble.models.registry import (
    ModelSpec,
    embedded_index,
    embedded_models,
    verify_embedded,
)
from lsp_server.answers.build_engines import policy_of
from lsp_server.answers.printable import one_line
from lsp_server.commands.console import print_json, show
from lsp_server.commands.models.list_command import ModelPlace, places, settings_said
from lsp_server.commands.round_trip import PATIENCE_SECONDS, fill_test_hole
from lsp_server.settings.settings import Settings


class Verified(msgspec.Struct, frozen=True):
    """The outcome of verifying one file."""

    name: str
    file: str
    """The file."""
    ok: bool
    """Whether the file is what it should be, and can be used."""
    message: str
    """What was found; if the file is not usable, why and what to do."""


def verify_models(*, as_json: bool) -> int:
    """Check every model file; return 1 if one is not usable."""
    settings = settings_said()
    asked = set(policy_of(settings).models)
    local = [
        place
        for place in places(settings)
        if not (place.name in settings.models and settings.models[place.name].remote)
    ]
    results = asyncio.run(_verify_all(local, asked, settings)) + _verify_index()
    if as_json:
        print_json({"models": results})
    else:
        table = Table.grid(padding=(0, 2))
        for result in results:
            mark, style = ("✓", "green") if result.ok else ("✗", "red")
            table.add_row(mark, result.name, result.message, style=style)
        show(table)
    return 0 if all(result.ok for result in results) else 1


async def _verify_all(
    local: list[ModelPlace], asked: set[str], settings: Settings
) -> list[Verified]:
    seen: dict[str, str] = {}
    results = []
    # One after another: each may need as much memory as the model is large.
    for place in local:
        spec = settings.models.get(place.name, ModelSpec(name=place.name, path=place.file))
        results.append(
            await _verify(place, asked, seen, HostClient([spec], settings.memory_budget))
        )
    return results


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


async def _verify(
    place: ModelPlace, asked: set[str], seen: dict[str, str], host: HostClient
) -> Verified:
    """Verify one file; `seen` holds the files before it by their hash."""
    name, file = place.name, place.file
    published = {str(model.path): model for model in embedded_models()}.get(file)
    try:
        if published is not None:
            verify_embedded(published)
        read_header(file)
        identity = "is the published file" if published else _identity(Path(file), seen)
        info = (await probe_model(file)).info
        if not info.fim.usable:
            return _without_tokens(place, asked=name in asked)
        written = await _filled(host.engine(name))
    except EngineError as refusal:
        return Verified(name, file, False, str(refusal))
    except TimeoutError:
        return Verified(
            name, file, False,
            f"{file} did not fill a test hole within {PATIENCE_SECONDS:.0f} s. Take a smaller "
            "model; `coterie models recommend` names some.",
        )  # fmt: skip
    both = " and" if identity else ""
    return Verified(name, file, True, f"{file} {identity}{both} fills a test hole with {written!r}")


async def _filled(engine: Engine) -> str:
    """Return what a model writes into a hole, as one line. Raises EngineError or TimeoutError."""
    try:
        # Loading has limits of its own.
        info = await engine.info()
        generation = await asyncio.wait_for(fill_test_hole(engine, info), PATIENCE_SECONDS)
    finally:
        await engine.close()
    return one_line("".join(candidate.text for candidate in generation.candidates), 30)


def _without_tokens(place: ModelPlace, *, asked: bool) -> Verified:
    """Judge a model that cannot be told where a hole is, by whether it is asked to fill some."""
    said = f"{place.file} opens, and has no fill-in-the-middle tokens"
    if asked:
        said += (
            f", which completing needs. Give `models.{place.name}.path` another model; "
            "`coterie models recommend` names some."
        )
    return Verified(place.name, place.file, not asked, said)


def _identity(file: Path, seen: dict[str, str]) -> str:
    """Say which file this is, as its hash and its name say; "" for one that nobody knows.

    Raises ModelRefused if they say different things, or the file has changed since it came.
    """
    found, noted = hash_of(file), kept_hash(file)
    known, expected = model_with_hash(found), model_with_file(file.name)
    twin = seen.setdefault(found, str(file))
    if expected is not None and known is not expected:
        what = f"it is {known.name}" if known else f"its hash begins with {found[:12]}"
        raise ModelRefused(
            f"{file} is not {expected.name}, as its name says: {what}. Rename it, or remove it and "
            f"type `coterie models pull {expected.name}`."
        )
    if noted and noted != found:
        raise ModelRefused(
            f"{file} is damaged: it is not what was put there. Remove it and bring it again."
        )
    said = f"is {known.name} ({known.terms})" if known else ""
    if twin != str(file):
        return f"{said}{', ' if said else 'is '}the same file as {twin}"
    return said
