"""The sampler alone, on logits made up for the purpose."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ensemble.candidate import Sampling
from ensemble.inference.sampler import Sampler

PROBABILITIES = np.array([0.5, 0.3, 0.15, 0.04, 0.01])
LOGITS = np.log(PROBABILITIES).astype(np.float32) + 3.0


def draws(sampling: Sampling, count: int = 4000) -> np.ndarray:
    """Return how often each token was drawn."""
    sampler = Sampler(sampling)
    return np.bincount([sampler.choose(LOGITS)[0] for _ in range(count)], minlength=5)


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        (Sampling(temperature=0.0), [1, 0, 0, 0, 0]),
        (Sampling(temperature=1.0, top_k=5, top_p=1.0, min_p=0.0), PROBABILITIES),
        (Sampling(temperature=1.0, top_k=2, top_p=1.0, min_p=0.0), [0.625, 0.375, 0, 0, 0]),
        (Sampling(temperature=1.0, top_k=5, top_p=0.7, min_p=0.0), [0.625, 0.375, 0, 0, 0]),
        (Sampling(temperature=1.0, top_k=5, top_p=0.4, min_p=0.0), [1, 0, 0, 0, 0]),
        (Sampling(temperature=1.0, top_k=5, top_p=1.0, min_p=0.25), [0.5263, 0.3158, 0.1579, 0, 0]),
        (Sampling(temperature=0.5, top_k=2, top_p=1.0, min_p=0.0), [0.7353, 0.2647, 0, 0, 0]),
    ],
    ids=["greedy", "plain", "top-k", "nucleus", "smallest nucleus", "min-p", "temperature"],
)
def test_draws_follow_the_distribution(sampling: Sampling, expected: list[float]) -> None:
    count = 4000
    observed = draws(sampling, count)
    wanted = np.asarray(expected) * count
    assert not observed[wanted == 0].any()
    likely = wanted > 0
    chi_square = float(((observed[likely] - wanted[likely]) ** 2 / wanted[likely]).sum())
    # The seed is fixed, so this cannot fail by bad luck: 18.5 is p = .001 at four degrees.
    assert chi_square < 18.5


def test_log_probability_is_the_models_own() -> None:
    token, logprob = Sampler(Sampling(temperature=0.0)).choose(LOGITS)
    assert (token, round(math.exp(logprob), 3)) == (0, 0.5)


def test_only_allowed_tokens_are_chosen_and_share_the_probability() -> None:
    allowed = np.array([3, 4], np.int32)
    token, logprob = Sampler(Sampling(temperature=0.0)).choose(LOGITS, allowed)
    assert (token, round(math.exp(logprob), 3)) == (3, 0.8)


def test_seeds_reproduce_and_differ() -> None:
    def sequence(seed: int) -> list[int]:
        sampler = Sampler(Sampling(temperature=1.0, min_p=0.0, seed=seed))
        return [sampler.choose(LOGITS)[0] for _ in range(50)]

    assert sequence(1) == sequence(1)
    assert sequence(1) != sequence(2)


def test_no_finite_number_is_an_error() -> None:
    with pytest.raises(ArithmeticError, match="finite"):
        Sampler(Sampling()).choose(np.full(5, np.nan, np.float32))
