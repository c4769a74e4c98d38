"""Choosing the next token of one branch from the model's logits."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ensemble.candidate import Sampling
from ensemble.inference.vocabulary import Tokens

Logits = npt.NDArray[np.float32]


class Sampler:
    """A seeded sampler: top-k, nucleus (Holtzman et al. 2020) and min-p, in that order.

    Written here rather than taken from llama.cpp's chains because every token's log-probability
    under the model is wanted as well, and the softmax that gives it is most of the work.
    """

    def __init__(self, sampling: Sampling) -> None:
        self._sampling = sampling
        self._random = np.random.default_rng(sampling.seed)

    def choose(self, logits: Logits, allowed: Tokens | None = None) -> tuple[int, float]:
        """Return a token and the natural logarithm of its probability among the allowed ones.

        `logits` has one entry per token of the vocabulary; `allowed` limits the choice to some
        tokens (None: all). Raises ArithmeticError if the model computed no finite number.
        """
        scores = logits if allowed is None else logits[allowed]
        best = float(scores.max())
        if not math.isfinite(best):
            raise ArithmeticError("the model's output holds no finite number")
        log_total = best + math.log(float(np.exp(scores - best).sum()))
        if self._sampling.temperature <= 0:
            index = int(scores.argmax())
        else:
            index = self._draw(scores, best)
        token = index if allowed is None else int(allowed[index])
        return token, float(scores[index]) - log_total

    def _draw(self, scores: Logits, best: float) -> int:
        sampling = self._sampling
        # Tokens below the min-p bound go first: one comparison leaves a handful of 150,000.
        least = sampling.temperature * math.log(sampling.min_p) if sampling.min_p > 0 else -60.0
        kept = np.flatnonzero(scores >= best + least)
        kept = kept[np.argsort(-scores[kept], kind="stable")[: sampling.top_k]]
        weights = np.exp((scores[kept].astype(np.float64) - best) / sampling.temperature)
        weights /= weights.sum()
        # The nucleus holds the token that crosses top_p, so it is never empty.
        nucleus = int(np.searchsorted(np.cumsum(weights), sampling.top_p)) + 1
        cumulative = np.cumsum(weights[:nucleus])
        drawn = self._random.random() * cumulative[-1]
        return int(kept[min(int(np.searchsorted(cumulative, drawn, side="right")), nucleus - 1)])
