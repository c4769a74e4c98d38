"""What this machine has that matters for models, and how fast it computes with one."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess

import msgspec

from ensemble.engines.local.host_client import HostClient
from ensemble.engines.local.probe import probe_model
from ensemble.machine_memory import machine_memory
from ensemble.models.kept_models import kept_models
from ensemble.models.model_catalog import model_with_hash
from ensemble.models.registry import ModelSpec, embedded_models

_LARGER_GAIN = 1.8
"""By how much more weights a real model computes in a second than an embedded one, which is so
small that passing from layer to layer takes as long as computing; as measured on two cores."""


class Hardware(msgspec.Struct, frozen=True):
    """The parts of a machine that models use."""

    cores: int
    """How many processors this process may use."""
    memory: int
    """The bytes of memory that are built in."""
    gpu: str = ""
    """The name of a graphics card, "" if none is known."""
    gpu_memory: int = 0
    """The bytes of the card's memory."""
    gpu_usable: bool = False
    """Whether the llama.cpp that is installed here can use a card."""


class MeasuredSpeed(msgspec.Struct, frozen=True):
    """How fast this machine reads a prompt."""

    weights: float
    """How many weights it computes with in a second, summed over the prompt's tokens."""
    model: str
    """The file that this was measured with."""
    real: bool
    """Whether that is a model that one would use; otherwise it was an embedded one, and the speed
    of others is a guess."""


async def look_at_hardware() -> Hardware:
    """Return what this machine has. Raises ModelRefused where llama.cpp cannot run at all."""
    build = (await probe_model(str(embedded_models()[0].path))).build
    name, memory = await asyncio.to_thread(_nvidia)
    usable = bool(build.get("gpu_offload"))
    return Hardware(_processors(), machine_memory(), name, memory, usable)


async def measure_speed() -> MeasuredSpeed:
    """Have the smallest model of the user's folder, else an embedded one, read a few tokens.

    Raises EngineError.
    """
    kept = min(kept_models(), key=lambda model: model.bytes, default=None)
    path = kept.path if kept else embedded_models()[0].path
    host = HostClient([ModelSpec(name="measured", path=str(path))])
    engine = host.engine("measured")
    try:
        info = await engine.info()
    finally:
        await engine.close()
    if kept is None:
        return MeasuredSpeed(info.prefill_speed * info.parameters * _LARGER_GAIN, path.name, False)
    # The catalog's figures leave out what is only looked up, as those of others there do.
    known = model_with_hash(kept.sha256)
    weights = info.prefill_speed * (known.parameters if known else info.parameters)
    return MeasuredSpeed(weights, path.name, True)


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _nvidia() -> tuple[str, int]:
    """Return the name and the memory of the first card, as its driver's own program tells."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return "", 0
    command = (program, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits")
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
        name, _, mebibytes = done.stdout.splitlines()[0].rpartition(",")
        return name.strip(), int(mebibytes) << 20
    except (OSError, subprocess.SubprocessError, IndexError, ValueError):
        return "", 0
