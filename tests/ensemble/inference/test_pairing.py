"""Models that do not fit together, and pairs with different vocabularies."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from ensemble.candidate import Generation, Stop
from ensemble.engines.engine import GenerationRequest, PairingEngine
from ensemble.engines.local.host_client import HostClient
from ensemble.errors import ModelRefused
from ensemble.inference.decoding.aligned_fusion import AlignedFusionJob
from ensemble.inference.decoding.pair_job import Unpaired, token_difference
from ensemble.inference.job import Job
from ensemble.inference.vocabulary import Vocabulary
from ensemble.policy.decoding import Decoding, DecodingMethod
from tests.ensemble.inference.models import LARGE, SMALL, finish, hole_at, samplings, suffix_first
from tests.ensemble.inference.pairs import (
    Pair,
    check_same_or_close,
    check_same_up_to_ties,
    decoding,
    endless,
    open_pair,
    rewritten,
)

HOLES = [hole_at("return value"), hole_at("result.append", "re"), hole_at("price: float", "pri")]
NEEDS_ONE = [m for m in DecodingMethod if m not in (DecodingMethod.FUSION, DecodingMethod.LOOKUP)]


@pytest.mark.parametrize("method", NEEDS_ONE)
def test_a_vocabulary_that_differs_is_refused(tmp_path: Path, method: DecodingMethod) -> None:
    renamed = open_pair(rewritten(tmp_path, "small", "renamed"))
    with pytest.raises(Unpaired) as refusal:
        renamed.job(decoding(method), HOLES[0], samplings(1))
    message = str(refusal.value)
    renamed.close()
    assert "token 4000 is 'Ġpolynomial' in one and 'nonesuch' in the other" in message
    assert method.value in message
    assert "fusion works" in message
    assert "\n" not in message


def test_padding_is_no_difference(tmp_path: Path) -> None:
    """Models of one family end in different numbers of tokens that stand for nothing."""
    padded = open_pair(rewritten(tmp_path, "small", "padded"))
    turned = Pair(padded.partner, padded.model)
    for method in NEEDS_ONE:
        for pair in (padded, turned):
            job = finish(pair.job(decoding(method), HOLES[0], samplings(3)))
            assert all(branch.text for branch in job.branches)
            assert not isinstance(job, AlignedFusionJob)
    padded.close()


def test_a_model_is_no_partner_of_its_own(pair: Pair) -> None:
    with pytest.raises(Unpaired, match="its own partner"):
        Pair(pair.model, pair.model).job(decoding(DecodingMethod.FUSION), HOLES[0], samplings(1))


def test_real_vocabularies_differ(vocabularies: dict[str, Vocabulary]) -> None:
    qwen, starcoder = vocabularies["qwen2"], vocabularies["starcoder"]
    assert token_difference(qwen, qwen) == ""
    assert token_difference(qwen, starcoder).startswith("token 0 is ")


@pytest.mark.parametrize("pooling", ["linear", "log-linear"])
def test_tokens_in_another_order_are_aligned_by_their_text(
    pair: Pair, tmp_path: Path, pooling: str
) -> None:
    """The small model with its vocabulary shuffled says what the small model says. Only in healing
    a token the two ways differ, so these holes have none."""
    shuffled = open_pair(rewritten(tmp_path, "small", "shuffled"))
    method = msgspec.structs.replace(decoding(DecodingMethod.FUSION), pooling=pooling)
    for hole in (hole_at("return value"), hole_at("class Inventory"), hole_at("self.counts[name]")):
        aligned = shuffled.job(method, hole, samplings(1))
        assert isinstance(aligned, AlignedFusionJob)
        together = finish(pair.job(method, hole, samplings(1)))
        check_same_up_to_ties(renormalized(finish(aligned)), renormalized(together))
    shuffled.close()


def renormalized(job: Job) -> Job:
    """Leave the log-probabilities out: an aligned fusion tells them among the best tokens only."""
    job.branches[0].logprobs = [0.0] * len(job.branches[0].logprobs)
    return job


@pytest.mark.parametrize("weight", [1.0, 0.5])
def test_other_tokens_for_the_same_text(tmp_path: Path, weight: float) -> None:
    """The partner needs several tokens where the model has one."""
    coarse = open_pair(rewritten(tmp_path, "small", "coarse"))
    method = decoding(DecodingMethod.FUSION, weight=weight)
    for hole in HOLES:
        alone = coarse.alone(hole)
        job = finish(coarse.job(method, hole, samplings(4)))
        assert all(branch.text for branch in job.branches)
        if weight == 1.0:
            check_same_or_close(coarse, alone, job)
    turned = Pair(coarse.partner, coarse.model)
    job = finish(turned.job(decoding(DecodingMethod.FUSION, weight=0.0), HOLES[0], samplings(4)))
    assert all(branch.text for branch in job.branches)
    coarse.close()


def test_characters_of_several_tokens_come_out_whole(tmp_path: Path) -> None:
    source = 'names = ["é", "∀", "🙂", "日本", "é", "∀", "🙂", "日本", "é", "∀", '
    coarse = open_pair(rewritten(tmp_path, "small", "coarse"))
    hole = hole_at("]", source=source + "]\n")
    job = finish(coarse.job(decoding(DecodingMethod.FUSION), hole, samplings(8, 40)))
    written = "".join(branch.text for branch in job.branches)
    assert any(ord(character) > 127 for character in written)
    coarse.close()


@pytest.fixture
async def host() -> AsyncIterator[HostClient]:
    opened = HostClient([LARGE, SMALL])
    yield opened
    await opened.close()


def request(method: Decoding | None, count: int = 2, max_tokens: int = 40) -> GenerationRequest:
    hole = HOLES[0]
    return GenerationRequest(
        suffix_first(hole), tuple(samplings(count, max_tokens)), Stop(hole=hole), math.inf,
        decoding=method,
    )  # fmt: skip


async def test_every_method_through_the_host(host: HostClient) -> None:
    engine = host.engine("large")
    assert isinstance(engine, PairingEngine)
    assert (await engine.partner("small")).name == "small"
    for method in DecodingMethod:
        generations = [g async for g in engine.generate(request(decoding(method)))]
        assert generations[-1].done
        assert {candidate.model for candidate in generations[-1].candidates} == {"large"}


async def test_cancelled_and_overtaken_in_the_middle(host: HostClient) -> None:
    engine = host.engine("large")
    for method in DecodingMethod:
        pairs = engine.generate(endless(suffix_first(HOLES[0]), decoding(method)))
        assert not (await anext(pairs)).done
        newer = [host.engine(name).generate(request(None)) for name in ("small", "large")]
        assert all(await asyncio.gather(*map(finished, newer)))
        await pairs.aclose()  # type: ignore[attr-defined]
        assert not host._pending
        assert await finished(engine.generate(request(decoding(method))))


async def finished(generations: AsyncIterator[Generation]) -> bool:
    return [generation async for generation in generations][-1].done


async def test_a_pair_that_does_not_fit_is_refused_and_the_host_goes_on(tmp_path: Path) -> None:
    host = HostClient([LARGE, rewritten(tmp_path, "small", "renamed")])
    try:
        engine = host.engine("large")
        with pytest.raises(ModelRefused, match="token 4000"):
            await finished(engine.generate(request(decoding(DecodingMethod.SPECULATIVE))))
        with pytest.raises(ModelRefused, match="not a local model"):
            await finished(engine.generate(request(Decoding(DecodingMethod.FUSION, "nonesuch"))))
        assert await finished(engine.generate(request(decoding(DecodingMethod.FUSION))))
    finally:
        await host.close()
