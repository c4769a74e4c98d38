"""The host process through its client: answers, preemption, death, and files that are no models."""

from __future__ import annotations

import asyncio
import math
import os
import random
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import gguf
import pytest

from code_checks.hole import Extent, Hole
from ensemble.candidate import Generation, Sampling, Stop
from ensemble.engines.engine import GenerationRequest
from ensemble.engines.local.host_client import HostClient
from ensemble.engines.local.probe import probe_model
from ensemble.engines.prompt import ESSENTIAL, Piece, Prompt
from ensemble.errors import EngineUnavailable, ModelRefused
from ensemble.models.registry import ModelSpec
from tests.ensemble.inference.models import LARGE, SMALL, hole_at, suffix_first

HOLE = hole_at("return value")
LONG = 400
"""Tokens that keep a branch busy for a while."""


@pytest.fixture
async def host() -> AsyncIterator[HostClient]:
    opened = HostClient([SMALL, LARGE])
    yield opened
    await opened.close()


def question(max_tokens: int = 16, samples: int = 2, within: float = 5.0) -> GenerationRequest:
    samplings = tuple(
        Sampling(0.8 * bool(n), seed=n, max_tokens=max_tokens) for n in range(samples)
    )
    deadline = time.monotonic() + within
    return GenerationRequest(suffix_first(HOLE), samplings, Stop(Extent.LINE, HOLE), deadline)


def endless(words: str = "", within: float = math.inf) -> GenerationRequest:
    """Ask for texts that nothing but their length ends, so many that one of them gets there."""
    prompt = Prompt((Piece("x = 1\n" * 20 + words, "prefix", ESSENTIAL),))
    samplings = tuple(
        Sampling(1.5, top_k=4000, top_p=1.0, min_p=0.0, max_tokens=LONG, seed=seed)
        for seed in range(16)
    )
    stop = Stop(Extent.BLOCK, Hole("plaintext", "", ""), max_lines=10_000)
    return GenerationRequest(prompt, samplings, stop, time.monotonic() + within)


async def last(host: HostClient, name: str, request: GenerationRequest) -> Generation:
    return [generation async for generation in host.generate(name, request)][-1]


async def test_both_models_answer(host: HostClient) -> None:
    for name in ("small", "large"):
        generation = await last(host, name, question())
        assert generation.done
        assert len(generation.candidates) == 2
        assert {candidate.model for candidate in generation.candidates} == {name}
        assert generation.usage.prompt > 100
    assert host.build["llama_cpp_python"]


async def test_a_newer_request_takes_over(host: HostClient) -> None:
    order: list[str] = []
    begun = asyncio.Event()

    async def ask(label: str, request: GenerationRequest) -> None:
        async for generation in host.generate("small", request):
            order.append(label + ("!" if generation.done else ""))
            begun.set()

    older = asyncio.create_task(ask("older", endless()))
    await begun.wait()
    await ask("newer", question())
    assert "older!" not in order
    await older
    assert order[-1] == "older!"


async def test_a_cancelled_request_leaves_nothing_behind(host: HostClient) -> None:
    for _ in range(3):
        generations = host.generate("small", endless())
        await anext(generations)
        await generations.aclose()  # type: ignore[attr-defined]
        assert not host._pending
        assert (await last(host, "small", question())).done


async def test_killed_in_the_middle_of_a_decode(host: HostClient) -> None:
    generations = host.generate("small", endless())
    await anext(generations)
    assert host.pid is not None
    os.kill(host.pid, signal.SIGKILL)
    with pytest.raises(EngineUnavailable, match="SIGKILL"):
        async for _ in generations:
            pass
    assert (await last(host, "small", question())).done
    assert (await last(host, "large", question())).done


async def test_a_model_that_crashes_the_host_twice_is_set_aside(host: HostClient) -> None:
    for _ in range(2):
        generations = host.generate("small", endless())
        await anext(generations)
        assert host.pid is not None
        os.kill(host.pid, signal.SIGSEGV)
        with pytest.raises(EngineUnavailable):
            async for _ in generations:
                pass
    with pytest.raises(ModelRefused, match="set aside"):
        await last(host, "small", question())
    assert (await last(host, "large", question())).done


async def test_closing_answers_everybody() -> None:
    host = HostClient([SMALL])
    generations = host.generate("small", endless())
    await anext(generations)
    pid = host.pid
    await host.close()
    with pytest.raises(EngineUnavailable, match="closed"):
        async for _ in generations:
            pass
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(EngineUnavailable, match="closed"):
        await last(host, "small", question())


async def test_an_answer_gets_what_the_prompt_leaves(host: HostClient) -> None:
    prompt = Prompt((Piece("x = 1\n" * 400, "prefix", ESSENTIAL),))
    sampling = Sampling(1.5, top_k=4000, top_p=1.0, min_p=0.0, max_tokens=600, seed=3)
    stop = Stop(Extent.BLOCK, Hole("plaintext", "", ""), max_lines=10_000)
    for branches in (1, 16):
        request = GenerationRequest(prompt, (sampling,) * branches, stop)
        generation = await last(host, "small", request)
        assert 300 <= generation.usage.prompt <= 512 - 128
        assert all(0 < len(found.logprobs) <= 128 for found in generation.candidates)


def unusable(folder: Path, kind: str) -> Path:
    """Write a file that is no model that llama.cpp can open."""
    path = folder / f"{kind}.gguf"
    content = Path(SMALL.path).read_bytes()
    if kind == "cut-short":
        path.write_bytes(content[: len(content) // 2])
    elif kind == "cut-in-the-header":
        path.write_bytes(content[:5000])
    elif kind == "random":
        path.write_bytes(random.Random(0).randbytes(100_000))
    elif kind == "random-after-magic":
        path.write_bytes(b"GGUF\x03\0\0\0" + random.Random(0).randbytes(100_000))
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "unknown-architecture":
        writer = gguf.GGUFWriter(path, "nonesuch")
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.close()
    return path


KINDS = [
    "cut-short", "cut-in-the-header", "random", "random-after-magic", "empty",
    "unknown-architecture", "missing",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
async def test_a_bad_file_gets_one_message_and_the_others_still_serve(
    tmp_path: Path, kind: str
) -> None:
    path = unusable(tmp_path, kind)
    host = HostClient([ModelSpec(name="bad", path=str(path)), SMALL])
    try:
        with pytest.raises(ModelRefused) as refusal:
            await last(host, "bad", question())
        assert str(path) in str(refusal.value)
        assert "\n" not in str(refusal.value)
        assert (await last(host, "small", question())).done
    finally:
        await host.close()


async def test_probing_describes_a_model() -> None:
    probed = await probe_model(SMALL.path)
    assert probed.info.fim.usable
    assert probed.info.fim.order == "suffix-prefix-middle"
    assert probed.info.context == 512
    assert probed.build["llama_cpp_python"]
