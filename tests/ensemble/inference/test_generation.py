"""Jobs on the real small model: sharing, reuse, suspension, healing, adapters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
import pytest

from ensemble.candidate import StopReason
from ensemble.inference.job import Job
from ensemble.inference.model import Model, ModelError
from ensemble.inference.threads import physical_cores
from ensemble.inference.vocabulary import Vocabulary
from ensemble.models.registry import Adapter
from tests.ensemble.inference.models import (
    LARGE,
    SMALL,
    SOURCE,
    finish,
    hole_at,
    job_for,
    open_small,
)

HOLES = [
    "price: float",
    "return value",
    "class Inventory",
    "self.counts[name] == 0",
    "result.append",
]


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    opened = open_small()
    yield opened
    opened.close()


def check_same_up_to_ties(left: Job, right: Job) -> None:
    """Check that two greedy branches are the same, or part where two tokens were equally likely.

    The order of additions depends on the batch, so numbers differ by some hundredths.
    """
    one, other = left.branches[0], right.branches[0]
    for tokens, logprobs in zip(
        zip(one.tokens, other.tokens, strict=False),
        zip(one.logprobs, other.logprobs, strict=False),
        strict=False,
    ):
        assert logprobs[0] == pytest.approx(logprobs[1], abs=0.2)
        if tokens[0] != tokens[1]:
            return
    assert one.text == other.text


@pytest.mark.parametrize("marker", HOLES)
def test_branches_are_what_each_would_be_alone(model: Model, marker: str) -> None:
    together = finish(job_for(model, hole_at(marker), 4))
    fresh = open_small()
    alone = finish(job_for(fresh, hole_at(marker), 1))
    fresh.close()
    check_same_up_to_ties(together, alone)


def test_seeds_make_branches_differ_and_repeat() -> None:
    """With the same cache and batches, that is: a prompt of one slice, in an empty cache."""

    def once() -> list[str]:
        fresh = open_small(threads=1)
        hole = hole_at("count", source="def add(count):\n    count")
        texts = [found.text for found in finish(job_for(fresh, hole, 6)).generation().candidates]
        fresh.close()
        return texts

    first = once()
    assert len(set(first)) > 1
    assert once() == first


def test_typing_on_a_line_computes_only_the_line(model: Model) -> None:
    finish(job_for(model, hole_at(HOLES[1])))
    for typed in ["r", "re", "ret", "retu", "return", "return va", "return value."]:
        usage = finish(job_for(model, hole_at(HOLES[1], typed))).generation().usage
        assert usage.prompt - usage.reused <= 8, typed


def test_suspended_and_resumed_says_the_same(model: Model) -> None:
    undisturbed = finish(job_for(model, hole_at(HOLES[2]), 3))
    job = job_for(model, hole_at(HOLES[2]), 3)
    steps = 0
    while not job.done:
        job.step()
        steps += 1
        if steps % 3 == 0:
            job.suspend()
            finish(job_for(model, hole_at(HOLES[3])))
    job.suspend()
    check_same_up_to_ties(job, undisturbed)


def test_another_document_does_not_cost_the_first_its_cache(model: Model) -> None:
    finish(job_for(model, hole_at(HOLES[0])))
    finish(job_for(model, hole_at("import os", source="import sys\n" * 60 + "import os\n")))
    usage = finish(job_for(model, hole_at(HOLES[0]))).generation().usage
    assert usage.reused >= usage.prompt - 1


def test_cache_is_empty_of_branches_afterwards(model: Model) -> None:
    for _ in range(25):
        finish(job_for(model, hole_at(HOLES[4]), 8))
    job = finish(job_for(model, hole_at(HOLES[4]), 8))
    assert all(candidate.text for candidate in job.generation().candidates)


def test_every_line_is_one_line(model: Model) -> None:
    for marker in HOLES:
        job = finish(job_for(model, hole_at(marker), 4))
        for candidate in job.generation().candidates:
            assert "\n" not in candidate.text.strip()
            assert candidate.stop is not StopReason.RUNNING
            assert len(candidate.logprobs) > 0 or not candidate.text


def test_a_cut_token_is_healed(model: Model) -> None:
    """Every text of a hole in mid-word goes on from the cut: the head is never written twice."""
    vocabulary = model.vocabulary
    for typed in ["retur", "    re", "self.to", "imp", "x = sel"]:
        kept, rest = vocabulary.heal(typed)
        assert b"".join(map(vocabulary.piece, kept)) + rest == typed.encode()
        allowed = {vocabulary.piece(int(token)) for token in vocabulary.allowed(rest)}
        assert allowed
        assert all(piece.startswith(rest) or rest.startswith(piece) for piece in allowed)
        assert any(len(piece) > len(rest) for piece in allowed)


def test_healing_on_a_real_vocabulary(vocabularies: dict[str, Vocabulary]) -> None:
    vocabulary = vocabularies["qwen2"]
    kept, rest = vocabulary.heal("for i in ran")
    assert (b"".join(map(vocabulary.piece, kept)), rest) == (b"for i in", b" ran")
    allowed = {vocabulary.piece(int(token)) for token in vocabulary.allowed(rest)}
    assert {b" range", b" ran", b" r", b" "} <= allowed
    assert b" rain" not in allowed


def test_saved_prompts_keep_within_their_limit(model: Model) -> None:
    model.saved_limit = 0
    finish(job_for(model, hole_at(HOLES[0])))
    finish(job_for(model, hole_at("import os", source="import sys\n" * 60 + "import os\n")))
    usage = finish(job_for(model, hole_at(HOLES[0]))).generation().usage
    model.saved_limit = 1 << 26
    assert usage.reused < usage.prompt / 2


@pytest.mark.parametrize(
    "settings",
    [
        {"kv_type": "q8_0", "flash_attention": "on"},
        {"flash_attention": "off"},
        {"threads": 1},
        {"context": 256},
        {"gpu_layers": 0},
    ],
    ids=str,
)
def test_settings_are_used(settings: dict[str, object]) -> None:
    opened = open_small(**settings)
    try:
        job = finish(job_for(opened, hole_at(HOLES[1]), 2))
        assert all(candidate.text for candidate in job.generation().candidates)
        assert opened.info.context == settings.get("context", 512)
        assert opened.threads.most == settings.get("threads", physical_cores())
    finally:
        opened.close()


def adapter_file(folder: Path, factor: float) -> Adapter:
    """Write a rank-1 LoRA adapter for the small model's first query matrix."""
    path = folder / f"adapter-{factor}.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", 1.0)
    random = np.random.default_rng(0)
    for side in ("a", "b"):
        shape = (1, 128) if side == "a" else (128, 1)
        values = (random.standard_normal(shape) * factor).astype(np.float32)
        writer.add_tensor(f"blk.0.attn_q.weight.lora_{side}", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return Adapter(str(path))


def first_logprobs(adapters: tuple[Adapter, ...]) -> tuple[float, ...]:
    opened = open_small(adapters=adapters)
    try:
        return finish(job_for(opened, hole_at(HOLES[1]))).generation().candidates[0].logprobs[:1]
    finally:
        opened.close()


def test_adapters_change_what_the_model_says(tmp_path: Path) -> None:
    plain = first_logprobs(())
    assert first_logprobs((adapter_file(tmp_path, 0.0),)) == pytest.approx(plain, abs=0.02)
    assert first_logprobs((adapter_file(tmp_path, 1.0),)) != pytest.approx(plain, abs=0.1)


def test_an_adapter_for_another_model_is_refused(tmp_path: Path) -> None:
    adapter = adapter_file(tmp_path, 1.0)
    large = type(LARGE)(name="large", path=LARGE.path, adapters=(adapter,))
    with pytest.raises(ModelError, match=adapter.path):
        Model(large)


def test_weights_are_mapped() -> None:
    opened = open_small()
    try:
        assert Path(SMALL.path).name in Path("/proc/self/maps").read_text()
    finally:
        opened.close()


def test_source_is_long_enough() -> None:
    assert all(SOURCE.count(marker) for marker in HOLES)
