"""What `coterie models recommend` does."""

from __future__ import annotations

import asyncio

import msgspec
from rich.table import Table

from ensemble.errors import EngineError
from ensemble.model_store.hardware import (
    Hardware,
    MeasuredSpeed,
    look_at_hardware,
    measure_speed,
)
from ensemble.model_store.recommendation import SECOND_SECONDS, ProposedModel, recommend
from ensemble.models.kept_models import kept_models
from ensemble.models.model_catalog import catalog_model, catalog_models, default_pair
from lsp_server.commands.command_errors import CommandError
from lsp_server.commands.console import print_json, show
from lsp_server.commands.models.list_command import scaled


class Recommendation(msgspec.Struct, frozen=True):
    """What suits this machine, and why."""

    hardware: Hardware
    """What the machine has."""
    speed: MeasuredSpeed
    """How fast it is."""
    proposals: tuple[ProposedModel, ...]
    """The models, the first tier first."""
    here: tuple[str, ...]
    """Those of them that are in the user's folder."""
    command: str
    """What brings the others, "" if there is nothing to do."""


def recommend_models(*, as_json: bool) -> int:
    """Print which models suit this machine, and what to type to have them; return 0."""
    try:
        found = asyncio.run(_recommendation())
    except EngineError as error:
        raise CommandError(f"{error} `coterie doctor` says more.") from error
    if as_json:
        print_json(found)
        return 0
    show(_machine(found.hardware), _proposals(found), *_advice(found))
    return 0


async def _recommendation() -> Recommendation:
    hardware, speed = await look_at_hardware(), await measure_speed()
    proposals = recommend(catalog_models(), default_pair(), hardware, speed)
    hashes = {model.sha256 for model in kept_models()}
    here = tuple(p.name for p in proposals if catalog_model(p.name).sha256 in hashes)
    missing = " ".join(p.name for p in proposals if p.name not in here)
    command = f"coterie models pull {missing}" if missing else ""
    return Recommendation(hardware, speed, proposals, here, command)


def _machine(hardware: Hardware) -> str:
    cores = f"{hardware.cores} core{'s' if hardware.cores > 1 else ''}"
    card = hardware.gpu or "no graphics card that is known"
    if hardware.gpu:
        card += f" with {scaled(hardware.gpu_memory, 'B')}"
    if hardware.gpu and not hardware.gpu_usable:
        card += (
            ", which the llama.cpp of this installation cannot use: install llama-cpp-python "
            "again with CMAKE_ARGS=-DGGML_CUDA=on"
        )
    return f"{cores}, {scaled(hardware.memory, 'B')} of memory, {card}."


def _proposals(found: Recommendation) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("tier", "model", "download", "memory", "license", "a line in about", ""):
        table.add_column(heading, header_style="bold", no_wrap=True)
    for each in found.proposals:
        table.add_row(
            each.tier, each.name, scaled(each.bytes, "B"), scaled(each.memory, "B"), each.license,
            f"{each.line_seconds:.1f} s", "is here" if each.name in found.here else "",
        )  # fmt: skip
    return table


def _advice(found: Recommendation) -> list[str]:
    if not found.proposals:
        return ["No model of the catalog fits into this memory: the embedded ones stay."]
    measured = f"Times follow from what {found.speed.model} was measured to read"
    if not found.speed.real:
        measured += ", which is embedded and tiny: they are guesses until a model was pulled"
    parts = [f"{measured}."]
    if found.proposals[-1].line_seconds > SECOND_SECONDS:
        parts.append(
            "That is long: measured while other programs compute, or on few cores. The larger "
            "model then helps where a key asks for it, and for functions."
        )
    if found.command:
        parts.append(found.command)
    return parts
