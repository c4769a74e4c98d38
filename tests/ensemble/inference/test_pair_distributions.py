"""What a pair draws is distributed as its method promises: chi-square tests of the first two tokens
of texts, so that the second one tells whether both caches hold the right thing.

Seeds are fixed, so these tests cannot fail by bad luck.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from code_checks.hole import Extent, Hole
from ensemble.candidate import Sampling, Stop, StopReason
from ensemble.inference.decoding.pair_job import pair_job
from ensemble.inference.job import Job, JobInputs
from ensemble.inference.sampler import Logits
from ensemble.policy.decoding import Decoding, DecodingMethod
from tests.ensemble.inference.models import finish, hole_at
from tests.ensemble.inference.pairs import Pair, decoding, fitted_to, logits_after

HOLE = hole_at("self.counts[name] == 0", "    ")
TEMPERATURE, TOP = 1.3, 4
DRAWS, BRANCHES = 640, 16
WEIGHT = 0.3

Probabilities = dict[int, float]
Text = tuple[int, ...]


def truncated(probabilities: Probabilities) -> Probabilities:
    """Keep the likeliest, as the sampling does."""
    kept = sorted(probabilities, key=lambda token: -probabilities[token])[:TOP]
    total = sum(probabilities[token] for token in kept)
    return {token: probabilities[token] / total for token in kept}


def softmax(logits: Logits, temperature: float) -> Probabilities:
    scores = logits.astype(float) / temperature
    weights = np.exp(scores - scores.max())
    return dict(enumerate((weights / weights.sum()).tolist()))


def own(logits: Logits, _: Logits) -> Probabilities:
    """What the large model draws from, whoever drafts."""
    return truncated(softmax(logits, TEMPERATURE))


def mixed(logits: Logits, other: Logits) -> Probabilities:
    """One of two models draws."""
    left, right = own(logits, other), own(other, logits)
    return {
        token: WEIGHT * left.get(token, 0.0) + (1 - WEIGHT) * right.get(token, 0.0)
        for token in left | right
    }


def averaged(logits: Logits, other: Logits) -> Probabilities:
    """The mean of both models' own distributions, to which the temperature then applies."""
    left, right = softmax(logits, 1.0), softmax(other, 1.0)
    mean = {token: WEIGHT * left[token] + (1 - WEIGHT) * right[token] for token in left}
    return truncated({token: value ** (1 / TEMPERATURE) for token, value in mean.items()})


CASES: list[tuple[Decoding, Callable[[Logits, Logits], Probabilities]]] = [
    (decoding(DecodingMethod.SPECULATIVE, draft=2, confidence=0.0), own),
    (decoding(DecodingMethod.SPECULATIVE, draft=2, confidence=0.15), own),
    (decoding(DecodingMethod.LOOKUP, draft=2), own),
    (decoding(DecodingMethod.ONE_PER_TOKEN, weight=WEIGHT), mixed),
    (decoding(DecodingMethod.FUSION, weight=WEIGHT), averaged),
]
IDS = ["speculative", "speculative, careful", "lookup", "one per token", "fusion"]


def question(pair: Pair, seed: int) -> JobInputs:
    samplings = [
        Sampling(TEMPERATURE, TOP, 1.0, 0.0, max_tokens=3, seed=seed + branch)
        for branch in range(BRANCHES)
    ]
    endless = Stop(Extent.BLOCK, Hole("plaintext", "", ""), 100)
    fitted = fitted_to(pair.model, HOLE)
    return JobInputs(pair.model, fitted._replace(rest=b""), samplings, endless, 60)


def job_of(pair: Pair, method: Decoding, seed: int) -> Job:
    asked = question(pair, seed)
    if not method.partner:
        return pair_job(asked, method, None)
    return pair_job(asked, method, pair.partner, asked.fitted)


def expected(pair: Pair, following: Callable[[Logits, Logits], Probabilities]) -> dict[Text, float]:
    """Compute the probability of every text of two tokens, model call by model call."""
    prompt = fitted_to(pair.model, HOLE).tokens

    def after(written: list[int]) -> Probabilities:
        return following(*(logits_after(model, prompt, written) for model in pair))

    known: dict[Text, float] = {}
    for first, probability in after([]).items():
        if pair.model.vocabulary.ends_text(first):
            known[(first,)] = probability
            continue
        for second, given in after([first]).items():
            known[first, second] = probability * given
    return known


def drawn(pair: Pair, method: Decoding) -> tuple[Counter[Text], int, int]:
    """Draw texts; return how often each came, and how many tokens were drafted and kept."""
    texts: Counter[Text] = Counter()
    drafted = accepted = 0
    ends = pair.model.vocabulary.ends
    for seed in range(0, DRAWS, BRANCHES):
        job = finish(job_of(pair, method, seed))
        usage = job.generation().usage
        drafted, accepted = drafted + usage.drafted, accepted + usage.accepted
        for branch in job.branches:
            end = [int(ends[0])] if branch.stop is StopReason.END else []
            texts[tuple([*branch.tokens, *end][:2])] += 1
    return texts, drafted, accepted


def check_distribution(texts: Counter[Text], probabilities: dict[Text, float]) -> None:
    """Compare by Pearson's chi-square at p = .001; rare texts count together."""
    assert set(texts) <= set(probabilities)
    count = texts.total()
    common = [text for text, value in probabilities.items() if value * count >= 5]
    rest = 1 - sum(probabilities[text] for text in common)
    wanted = [probabilities[text] * count for text in common]
    seen = [float(texts[text]) for text in common]
    if rest * count >= 1:
        wanted.append(rest * count)
        seen.append(count - sum(seen))
    chi_square = sum((s - w) ** 2 / w for s, w in zip(seen, wanted, strict=True))
    assert chi_square < critical(len(wanted) - 1), dict(zip(common, seen, strict=False))


def critical(degrees: int) -> float:
    """Return the value that chi-square exceeds once in a thousand (Wilson and Hilferty 1931)."""
    spread = 2 / (9 * degrees)
    return degrees * (1 - spread + 3.09 * math.sqrt(spread)) ** 3


@pytest.mark.parametrize(("method", "following"), CASES, ids=IDS)
def test_texts_are_distributed_as_promised(
    pair: Pair, method: Decoding, following: Callable[[Logits, Logits], Probabilities]
) -> None:
    texts, drafted, accepted = drawn(pair, method)
    check_distribution(texts, expected(pair, following))
    if method.method in (DecodingMethod.SPECULATIVE, DecodingMethod.LOOKUP):
        # Otherwise this would only have tested the large model.
        assert 0 < accepted < drafted


def test_a_wrong_distribution_is_found_out(pair: Pair) -> None:
    """The test itself: what the mixture draws is not what the large model draws, nor the mean."""
    texts, _, _ = drawn(pair, CASES[3][0])
    probabilities = expected(pair, mixed)
    check_distribution(texts, probabilities)
    for wrong in (own, averaged):
        with pytest.raises(AssertionError):
            check_distribution(texts, expected(pair, wrong))
