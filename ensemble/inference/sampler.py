"""Choosing the next token of one branch from the model's logits."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ensemble.candidate import Sampling
from ensemble.inference.vocabulary import Tokens

Logits = npt.NDArray[np.float32]
Probabilities = npt.NDArray[np.float64]
_ALL: Probabilities = np.ones(1)


class Distribution(NamedTuple):
    """The tokens that may be drawn, the likeliest first, and their probabilities (sum 1)."""

    tokens: npt.NDArray[np.signedinteger]
    probabilities: Probabilities

    def probability(self, token: int) -> float:
        """Return the probability of a token, 0 if it cannot be drawn."""
        found = np.flatnonzero(self.tokens == token)
        return float(self.probabilities[found[0]]) if len(found) else 0.0


class Sampler:
    """A seeded sampler: top-k, nucleus (Holtzman et al. 2020) and min-p, in that order.

    Written here rather than taken from llama.cpp's chains because every token's log-probability
    under the model is wanted as well, and the softmax that gives it is most of the work. Two
    samplers with one seed and different `stream` numbers draw independently of each other.
    """

    def __init__(self, sampling: Sampling, stream: int = 0) -> None:
        self._sampling = sampling
        seed = [sampling.seed, stream] if stream else sampling.seed
        self._random = np.random.default_rng(seed)

    def choose(self, logits: Logits, allowed: Tokens | None = None) -> tuple[int, float]:
        """Return a token and the natural logarithm of its probability among the allowed ones.

        `logits` has one entry per token of the vocabulary; `allowed` limits the choice to some
        tokens (None: all). Raises ArithmeticError if the model computed no finite number.
        """
        scores = logits if allowed is None else logits[allowed]
        best = _best(scores)
        index = self.draw(self._weighed(scores, best))
        token = index if allowed is None else int(allowed[index])
        return token, float(scores[index]) - _log_total(scores, best)

    def distribution(self, logits: Logits, allowed: Tokens | None = None) -> Distribution:
        """Return what a token is drawn from: with temperature 0 the best one alone.

        Raises ArithmeticError if the model computed no finite number.
        """
        scores = logits if allowed is None else logits[allowed]
        found = self._weighed(scores, _best(scores))
        return found if allowed is None else found._replace(tokens=allowed[found.tokens])

    def _weighed(self, scores: Logits, best: float) -> Distribution:
        """Return the distribution over indices of `scores`."""
        sampling = self._sampling
        if sampling.temperature <= 0:
            return Distribution(np.array([scores.argmax()]), _ALL)
        # Tokens below the min-p bound go first: one comparison leaves a handful of 150,000.
        least = sampling.temperature * math.log(sampling.min_p) if sampling.min_p > 0 else -60.0
        kept = np.flatnonzero(scores >= best + least)
        if len(kept) == 1:
            return Distribution(kept, _ALL)
        kept = kept[np.argsort(-scores[kept], kind="stable")[: sampling.top_k]]
        weights = np.exp((scores[kept].astype(np.float64) - best) / sampling.temperature)
        weights /= weights.sum()
        # The nucleus holds the token that crosses top_p, so it is never empty.
        nucleus = int(np.searchsorted(np.cumsum(weights), sampling.top_p)) + 1
        if nucleus < len(kept):
            kept, weights = kept[:nucleus], weights[:nucleus] / weights[:nucleus].sum()
        return Distribution(kept, weights)

    def draw(self, distribution: Distribution) -> int:
        """Draw a token; where there is only one, no chance is used up."""
        if len(distribution.tokens) == 1:
            return int(distribution.tokens[0])
        cumulative = np.cumsum(distribution.probabilities)
        at = int(np.searchsorted(cumulative, self.chance() * cumulative[-1], side="right"))
        return int(distribution.tokens[min(at, len(cumulative) - 1)])

    def chance(self) -> float:
        """Return a number that is as likely to be anywhere from 0 to 1."""
        return self._random.random()


def log_probability(logits: Logits, token: int, allowed: Tokens | None = None) -> float:
    """Return the natural logarithm of a token's probability among the allowed ones."""
    scores = logits if allowed is None else logits[allowed]
    return float(logits[token]) - _log_total(scores, float(scores.max()))


def _best(scores: Logits) -> float:
    best = float(scores.max())
    if not math.isfinite(best):
        raise ArithmeticError("the model's output holds no finite number")
    return best


def _log_total(scores: Logits, best: float) -> float:
    return best + math.log(float(np.exp(scores - best).sum()))
