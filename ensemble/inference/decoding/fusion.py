"""Two models of one vocabulary that choose every token together."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from ensemble.inference.branch import Branch
from ensemble.inference.cached_sequence import CachedSequence, LogitsWanted
from ensemble.inference.job import Job, JobInputs, Partner
from ensemble.inference.sampler import Logits, Probabilities, Sampler, log_probability
from ensemble.inference.vocabulary import Tokens
from ensemble.policy.decoding import Decoding, DecodingMethod

Combine = Callable[[Logits, Logits, Tokens | None], Logits]
"""Makes one score for each token from both models' logits, given the tokens allowed."""


def log_softmax(logits: Logits) -> Probabilities:
    """Return the natural logarithms of the probabilities that logits stand for."""
    shifted: Probabilities = logits.astype(np.float64) - float(logits.max())
    shifted -= math.log(float(np.exp(shifted).sum()))
    return shifted


def average(weight: float, own: Logits, other: Logits, _: Tokens | None) -> Logits:
    """Return the logarithm of the weighted mean of both distributions (a linear opinion pool)."""
    with np.errstate(divide="ignore"):
        parts = np.log(weight) + log_softmax(own), np.log1p(-weight) + log_softmax(other)
    return np.asarray(np.logaddexp(*parts), np.float32)


def log_average(weight: float, own: Logits, other: Logits, _: Tokens | None) -> Logits:
    """Return the weighted mean of both log-probabilities (a product of experts, Hinton 2002): only
    what neither finds unlikely stays likely."""
    pooled = weight * log_softmax(own) + (1 - weight) * log_softmax(other)
    return pooled.astype(np.float32)


def contrast(
    weight: float, plausible: float, own: Logits, other: Logits, allowed: Tokens | None
) -> Logits:
    """Return log p_own − weight · log p_other, and −∞ for tokens that are not plausible.

    Contrastive decoding (Li et al. 2023, arXiv 2210.15097, section 3.3): plausible is what has at
    least that fraction of the best token's probability under the stronger model.
    """
    best = float((own if allowed is None else own[allowed]).max())
    least = best + math.log(plausible) if plausible > 0 else -math.inf
    scores = log_softmax(own) - weight * log_softmax(other)
    return np.where(own >= least, scores, -np.inf).astype(np.float32)


def combination(decoding: Decoding) -> Combine:
    """Return how a method combines two models."""
    if decoding.method is DecodingMethod.CONTRASTIVE:
        return partial(contrast, decoding.weight, decoding.plausible)
    return partial(average if decoding.pooling == "linear" else log_average, decoding.weight)


class FusionJob(Job):
    """Both models compute every token of every branch: first the partner, then the job's own.

    The log-probabilities told are those of the fused distribution; a contrast is none, so there
    they are the own model's.
    """

    def __init__(self, inputs: JobInputs, decoding: Decoding, partner: Partner) -> None:
        super().__init__(*inputs)
        self._partner = self._add_sequence(partner.model, partner.fitted)
        self._common = partner.common
        self._combine = combination(decoding)
        self._own_confidence = decoding.method is DecodingMethod.CONTRASTIVE
        self._partner_logits: dict[int, Logits] = {}
        """What the partner expects next, of the branches that it has read to their end."""

    def _turn(self) -> CachedSequence:
        complete = all(branch.index in self._partner_logits for branch in self._running())
        return self._own if complete else self._partner

    def _advance(self, sequence: CachedSequence) -> None:
        wanted = [LogitsWanted(b.index, b.tokens, len(b.tokens)) for b in self._running()]
        if sequence is self._partner:
            missing = [want for want in wanted if want.branch not in self._partner_logits]
            for index, expected in sequence.read(missing).items():
                self._partner_logits[index] = expected[0][: self._common].copy()
            return
        for index, expected in sequence.read(wanted).items():
            own = expected[0][: self._common]
            self._choose(self.branches[index], own, self._partner_logits.pop(index))

    def _choose(self, branch: Branch, own: Logits, other: Logits) -> None:
        allowed = branch.allowed(self.model.vocabulary)
        scores = self._combine(own, other, allowed)
        token = branch.sampler.draw(branch.sampler.distribution(scores, allowed))
        judge = own if self._own_confidence else scores
        logprob = log_probability(judge, token, allowed)
        branch.take(self.model.vocabulary, token, logprob, self._stop)


class AlternatingJob(Job):
    """For each token one of the models is drawn, and that one alone computes and chooses it.

    The text is distributed as if each token were drawn from the weighted mean of both models'
    distributions, each with the sampling's temperature and bounds (arXiv 2605.00419, "ME"), but a
    token costs one decode. The other model reads in one batch what it has missed when its turn
    comes. At temperature 0 the drawn model says its best token.
    """

    def __init__(self, inputs: JobInputs, decoding: Decoding, partner: Partner) -> None:
        super().__init__(*inputs)
        self._partner = self._add_sequence(partner.model, partner.fitted)
        self._common = partner.common
        self._weight = decoding.weight
        self._coins = [Sampler(sampling, stream=2) for sampling in inputs.samplings]
        self._speakers = [self._draw_speaker(branch) for branch in self.branches]

    def _draw_speaker(self, branch: Branch) -> CachedSequence:
        own = self._coins[branch.index].chance() < self._weight
        return self._own if own else self._partner

    def _turn(self) -> CachedSequence:
        """Serve the branch that is farthest behind, and with it all that wait for its speaker."""
        behind = min(self._running(), key=lambda branch: len(branch.tokens))
        return self._speakers[behind.index]

    def _advance(self, sequence: CachedSequence) -> None:
        waiting = [b for b in self._running() if self._speakers[b.index] is sequence]
        found = sequence.read(LogitsWanted(b.index, b.tokens, len(b.tokens)) for b in waiting)
        for index, expected in found.items():
            branch = self.branches[index]
            branch.advance(self.model.vocabulary, expected[0][: self._common], self._stop)
            self._speakers[index] = self._draw_speaker(branch)
