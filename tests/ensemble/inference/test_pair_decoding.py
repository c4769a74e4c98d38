"""Two models that decode together: what must be the same as one model alone, and interruptions."""

from __future__ import annotations

import random

import pytest

from code_checks.hole import Extent, Hole
from ensemble.candidate import StopReason
from ensemble.models.registry import embedded_models
from ensemble.policy.decoding import Decoding, DecodingMethod
from tests.ensemble.inference.models import (
    SOURCE,
    finish,
    hole_at,
    job_for,
    open_small,
    open_vocabulary,
    samplings,
)
from tests.ensemble.inference.pairs import (
    Pair,
    check_same_or_close,
    check_same_up_to_ties,
    decoding,
)

PARTNERED = [method for method in DecodingMethod if method is not DecodingMethod.LOOKUP]

SAME_AS_ALONE = [
    # the settings with which a method says what the large model alone says
    decoding(DecodingMethod.SPECULATIVE),
    decoding(DecodingMethod.SPECULATIVE, draft=1, confidence=0.0),
    decoding(DecodingMethod.SPECULATIVE, draft=24, confidence=0.0),
    decoding(DecodingMethod.LOOKUP),
    decoding(DecodingMethod.LOOKUP, draft=20),
    decoding(DecodingMethod.SPECULATIVE_CASCADE, tolerance=0.0),
    decoding(DecodingMethod.FUSION, weight=1.0),
    Decoding(DecodingMethod.FUSION, "small", weight=1.0, pooling="log-linear"),
    decoding(DecodingMethod.ONE_PER_TOKEN, weight=1.0),
    decoding(DecodingMethod.CONTRASTIVE, weight=0.0),
    decoding(DecodingMethod.CONTRASTIVE, weight=0.0, plausible=0.0),
]

SAME_AS_PARTNER = [
    decoding(DecodingMethod.FUSION, weight=0.0),
    Decoding(DecodingMethod.FUSION, "small", weight=0.0, pooling="log-linear"),
    decoding(DecodingMethod.ONE_PER_TOKEN, weight=0.0),
]


def described(method: Decoding) -> str:
    return f"{method.method.value} {method.draft} {method.weight:g} {method.pooling}"


def holes() -> list[tuple[Hole, Extent]]:
    """Cut holes at seeded places of the sample, half of them in mid-word or mid-line."""
    cuts = random.Random(5).sample(range(200, len(SOURCE) - 50), 4)
    lines = [SOURCE.rindex("\n", 0, cut) + 1 for cut in cuts]
    extents = [Extent.LINE, Extent.BLOCK]
    return [
        (Hole("python", SOURCE[:at], SOURCE[SOURCE.index("\n", at) :]), extents[number % 2])
        for number, at in enumerate(cuts + lines)
    ]


@pytest.mark.parametrize("method", SAME_AS_ALONE, ids=described)
def test_greedy_is_what_the_large_model_says_alone(pair: Pair, method: Decoding) -> None:
    for hole, extent in holes():
        alone = pair.alone(hole, extent)
        together = finish(pair.job(method, hole, samplings(1), extent))
        check_same_or_close(pair, alone, together)


@pytest.mark.parametrize("method", SAME_AS_PARTNER, ids=described)
def test_without_weight_the_partner_speaks(pair: Pair, method: Decoding) -> None:
    turned = Pair(pair.partner, pair.model)
    for hole, extent in holes():
        alone = turned.alone(hole, extent)
        together = finish(pair.job(method, hole, samplings(1), extent))
        check_same_or_close(turned, alone, together)


def test_drafts_are_made_and_kept() -> None:
    """With the same model as its own drafter every draft is good, whoever draws."""
    same = Pair(open_small(threads=1), open_small(threads=1))
    drawn = samplings(4)
    certain = decoding(DecodingMethod.SPECULATIVE, confidence=0.0, draft=6)
    for hole, extent in holes():
        usage = finish(same.job(certain, hole, drawn, extent)).generation().usage
        # Where a text ends within a draft, what is behind the end was in vain.
        assert usage.accepted >= usage.drafted - 6 * len(drawn)
        assert usage.drafted > 0
    same.close()


def test_the_prompt_drafts_what_stood_there_before(pair: Pair) -> None:
    source = "".join(f"    self.total_{name} = compute(total_{name})\n" for name in "abcdefgh")
    hole = Hole("python", f"{source}    self.total_a = comp", "\n")
    usage = finish(pair.job(decoding(DecodingMethod.LOOKUP), hole, samplings(1))).generation().usage
    assert usage.accepted > 0


def test_a_tolerant_cascade_says_what_the_partner_drafts(pair: Pair) -> None:
    tolerant = decoding(DecodingMethod.SPECULATIVE_CASCADE, tolerance=1.0, confidence=0.0, draft=64)
    turned = Pair(pair.partner, pair.model)
    for hole, extent in holes():
        alone = turned.alone(hole, extent)
        together = finish(pair.job(tolerant, hole, samplings(1), extent))
        drafted = together.branches[0].tokens[: len(alone.branches[0].tokens)]
        if len(drafted) < 24:  # The last one of all is the large model's own.
            check_same_or_close(turned, alone, together)


def test_a_contrast_prefers_what_the_partner_does_not_expect(pair: Pair) -> None:
    differing = 0
    for hole, _ in holes():
        alone = pair.alone(hole)
        together = finish(
            pair.job(decoding(DecodingMethod.CONTRASTIVE, weight=1.0), hole, samplings(1))
        )
        differing += alone.branches[0].text != together.branches[0].text
    assert differing > 0


@pytest.mark.parametrize("method", DecodingMethod)
def test_a_cut_token_is_healed(pair: Pair, method: DecodingMethod) -> None:
    """What a pair writes goes on from the cursor: the forced beginning is never written twice."""
    for typed in ["retur", "    re", "self.cou", "x = sel"]:
        hole = hole_at("return value", typed)
        job = finish(pair.job(decoding(method), hole, samplings(3)))
        vocabulary = pair.model.vocabulary
        _, rest = vocabulary.heal(hole.line_head)
        for branch in job.branches:
            written = b"".join(map(vocabulary.piece, branch.tokens))
            assert written.startswith(rest)
            assert written[len(rest) :].decode("utf-8", "replace").startswith(branch.text)
            assert branch.stop is not StopReason.RUNNING


@pytest.mark.parametrize("method", DecodingMethod)
def test_interrupted_by_jobs_of_either_model(pair: Pair, method: DecodingMethod) -> None:
    """Whatever was suspended and displaced, the same chances give the same text."""
    hole = hole_at("self.counts[name] == 0")
    chosen = decoding(method, confidence=0.0, draft=3)
    undisturbed = finish(pair.job(chosen, hole, samplings(1), Extent.BLOCK))
    job = pair.job(chosen, hole, samplings(1), Extent.BLOCK)
    steps = 0
    while not job.done:
        job.step()
        steps += 1
        if steps % 4 == 0:
            job.suspend()
            finish(job_for(pair[steps % 8 == 0], hole_at("return value"), 2))
    job.suspend()
    check_same_up_to_ties(undisturbed, job)
    assert job.branches[0].stop is not StopReason.RUNNING


@pytest.mark.parametrize("method", PARTNERED)
def test_both_caches_are_kept_for_the_next_request(pair: Pair, method: DecodingMethod) -> None:
    hole = hole_at("result.append")
    finish(pair.job(decoding(method), hole, samplings(2)))
    job = pair.job(decoding(method), hole, samplings(2))
    while not all(sequence.ready for sequence in job._sequences):
        job.step()
    prompts = [len(sequence.prompt) - 1 for sequence in job._sequences]
    assert [sequence.reused for sequence in job._sequences] == prompts
    job.suspend()


def test_many_branches_share_a_batch(pair: Pair) -> None:
    for method in DecodingMethod:
        eager = decoding(method, draft=24, confidence=0.0)
        job = finish(pair.job(eager, hole_at("return value"), samplings(16)))
        assert all(branch.stop is not StopReason.RUNNING for branch in job.branches)
        assert len({branch.text for branch in job.branches}) > 1


def test_a_small_context_of_the_drafter_does_not_shorten_the_text(pair: Pair) -> None:
    narrow = Pair(pair.model, open_small(context=160, threads=1))
    hole, eager = hole_at("class Inventory"), decoding(DecodingMethod.SPECULATIVE, confidence=0.0)
    alone = pair.alone(hole, Extent.BLOCK, 60)
    together = finish(narrow.job(eager, hole, samplings(1, 60), Extent.BLOCK))
    check_same_or_close(pair, alone, together)
    narrow.partner.close()


def test_the_embedded_models_share_a_vocabulary() -> None:
    small, large = (open_vocabulary(str(model.path)) for model in embedded_models())
    assert small.texts == large.texts
