"""Which models are proposed for which machine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ensemble.model_store.hardware import (
    Hardware,
    MeasuredSpeed,
    look_at_hardware,
    measure_speed,
)
from ensemble.model_store.recommendation import ProposedModel, memory_budget, recommend
from ensemble.models.kept_models import remember, user_models_folder
from ensemble.models.model_catalog import catalog_model, catalog_models, default_pair
from tests.models import SMALL

GB = 10**9


def proposed(memory: float, weights: float, gpu: float = 0) -> tuple[ProposedModel, ...]:
    """Propose for so many GB of memory and so many billions of weights in a second."""
    hardware = Hardware(8, int(memory * GB), "a card" if gpu else "", int(gpu * GB), bool(gpu))
    speed = MeasuredSpeed(weights * GB, "x.gguf", True)
    return recommend(catalog_models(), default_pair(), hardware, speed)


SMALLEST, SMALL_PAIR = "qwen2.5-coder-0.5b-instruct", "qwen2.5-coder-1.5b-instruct"
CASES = {
    "an old laptop gets the pair, however slow": ((8, 40), [SMALLEST, SMALL_PAIR]),
    "with little memory, one": ((2.5, 40), [SMALLEST]),
    "with hardly any, none": ((1.5, 40), []),
    "a laptop": ((16, 300), [SMALL_PAIR, "qwen2.5-coder-7b-instruct"]),
    "much memory and few cores": ((64, 100), [SMALLEST, "qwen3-coder-30b-a3b-instruct"]),
    "a workstation": ((128, 2000), [SMALL_PAIR, "qwen2.5-coder-32b-instruct"]),
    "a card with 8 GB": ((64, 5000, 8), [SMALL_PAIR, "qwen2.5-coder-7b-instruct"]),
    "a card with 24 GB": ((64, 9000, 24), [SMALL_PAIR, "qwen3-coder-30b-a3b-instruct"]),
}


@pytest.mark.parametrize(("machine", "expected"), CASES.values(), ids=CASES)
def test_a_machine_gets_what_suits_it(machine: tuple[float, ...], expected: list[str]) -> None:
    proposals = proposed(*machine)
    assert [proposal.name for proposal in proposals] == expected
    assert [proposal.tier for proposal in proposals] == ["small", "large"][: len(expected)]


@pytest.mark.parametrize("weights", [1, 50, 500, 50_000])
@pytest.mark.parametrize("memory", [1, 4, 8, 16, 64, 512])
def test_what_is_proposed_fits_and_may_be_used(memory: int, weights: int) -> None:
    proposals = proposed(memory, weights)
    budget = memory_budget(Hardware(8, memory * GB))
    assert sum(proposal.memory for proposal in proposals) <= budget
    assert all(catalog_model(proposal.name).commercial for proposal in proposals)
    assert sorted({p.name: p for p in proposals}) == sorted(p.name for p in proposals)


def test_a_faster_machine_writes_a_line_sooner() -> None:
    slow, fast = proposed(8, 40), proposed(8, 80)
    assert slow[0].name == fast[0].name
    assert fast[0].line_seconds == pytest.approx(slow[0].line_seconds / 2, abs=0.01)


async def test_this_machine_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    plain = await look_at_hardware()
    assert plain.cores >= 1
    assert plain.memory > GB
    assert (plain.gpu, plain.gpu_memory) == ("", 0)
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'NVIDIA RTX 4000, 20475'\necho 'Another, 1'\n")
    program.chmod(0o755)
    found = await look_at_hardware()
    assert (found.gpu, found.gpu_memory >> 20) == ("NVIDIA RTX 4000", 20475)
    # The llama.cpp of the tests is built for processors.
    assert memory_budget(found) == memory_budget(plain)
    program.write_text("#!/bin/sh\necho 'No devices were found'\nexit 6\n")
    assert await look_at_hardware() == plain


async def test_speed_is_measured_with_a_users_model_if_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    guess = await measure_speed()
    assert (guess.model, guess.real) == ("small.gguf", False)
    folder = user_models_folder()
    folder.mkdir(parents=True)
    shutil.copy(SMALL, folder / "mine.gguf")
    remember(folder / "mine.gguf", "hash", "suffix-prefix-middle")
    measured = await measure_speed()
    assert (measured.model, measured.real) == ("mine.gguf", True)
    # Any machine computes with more than a million weights in a second, and none with a trillion
    # of a model so small.
    assert all(1e6 < speed.weights < 1e12 for speed in (guess, measured))
