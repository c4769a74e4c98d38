"""Speculative decoding: what is drafted for a branch is verified by its model in one batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from ensemble.inference.branch import Branch
from ensemble.inference.cached_sequence import CachedSequence, LogitsWanted
from ensemble.inference.decoding.drafts import Drafter, DraftTokens, LookupDrafter, ModelDrafter
from ensemble.inference.job import Job, JobInputs, Partner
from ensemble.inference.model import BATCH
from ensemble.inference.sampler import Distribution, Logits, Sampler, log_probability
from ensemble.inference.vocabulary import Tokens
from ensemble.policy.decoding import Decoding, DecodingMethod

Rule = Callable[[Sampler, Logits, Tokens | None, int, Distribution], int]
"""Says which token comes, given the model's logits, the tokens allowed, the one drafted, and what
that was drawn from. The draft goes on being good as long as that is the drafted one."""


def exactly(
    sampler: Sampler, logits: Logits, allowed: Tokens | None, drafted: int, origin: Distribution
) -> int:
    """Return a token that is distributed as if drawn from the model.

    Rejection sampling (Leviathan et al. 2023, arXiv 2211.17192, section 2.3): with the model's
    distribution p and the draft's q, the drafted token x is kept with probability p(x) / q(x), and
    otherwise one is drawn from max(0, p − q). With temperature 0 this says: kept if it is the best.
    """
    target = sampler.distribution(logits, allowed)
    expected, proposed = target.probability(drafted), origin.probability(drafted)
    if expected >= proposed or sampler.chance() * proposed < expected:
        return drafted
    taken = np.array([origin.probability(int(token)) for token in target.tokens])
    left = np.maximum(target.probabilities - taken, 0.0)
    return sampler.draw(Distribution(target.tokens[left > 0], left[left > 0] / left.sum()))


def tolerantly(
    tolerance: float,
    sampler: Sampler,
    logits: Logits,
    allowed: Tokens | None,
    drafted: int,
    _: Distribution,
) -> int:
    """Return the drafted token if the model agrees enough, otherwise one drawn from the model.

    A speculative cascade with the token-specific deferral rule (Narasimhan et al. 2025, arXiv
    2405.19261): x drawn from the small model's q is kept if p(x) ≥ (1 − tolerance) · max p, where p
    is the large one's own distribution, at temperature 1. Tolerance 0 keeps what the large model
    finds best, 1 keeps everything.
    """
    scores = logits if allowed is None else logits[allowed]
    least = -np.inf if tolerance >= 1 else float(scores.max()) + np.log1p(-tolerance)
    if logits[drafted] >= least:
        return drafted
    return sampler.draw(sampler.distribution(logits, allowed))


class SpeculativeJob(Job):
    """Drafts for all branches, token by token, then one batch of the model that verifies them all.

    Each round gives a branch at least the one token that the model itself adds. Where nothing was
    drafted, as where the drafter is not sure, that is a token of the model alone.
    """

    def __init__(self, inputs: JobInputs, decoding: Decoding, partner: Partner | None) -> None:
        super().__init__(*inputs)
        self._most_drafted = decoding.draft
        self._rule: Rule = exactly
        if decoding.method is DecodingMethod.SPECULATIVE_CASCADE:
            self._rule = partial(tolerantly, decoding.tolerance)
        self._drafter: Drafter = LookupDrafter(self._tokens)
        self._common = self.model.vocabulary.size
        if partner is not None:
            # The partner could not read a token that only the model has.
            self._common = partner.common
            sequence = self._add_sequence(partner.model, partner.fitted)
            self._drafter = ModelDrafter(
                sequence, partner.common, decoding.confidence, self.branches
            )
        self._drafts: dict[int, DraftTokens] = {}
        self._open_drafts(self.branches)

    def _turn(self) -> CachedSequence:
        drafting = any(not draft.closed for draft in self._drafts.values())
        return self._drafter.sequence if drafting and self._drafter.sequence else self._own

    def _advance(self, sequence: CachedSequence) -> None:
        if sequence is not self._own:
            self._drafter.extend(list(self._drafts.values()))
            return
        running = self._running()
        found = sequence.read(
            LogitsWanted(b.index, b.tokens + self._drafts[b.index].tokens, len(b.tokens))
            for b in running
        )
        spoken = [branch for branch in running if branch.index in found]
        for branch in spoken:
            expected = [logits[: self._common] for logits in found[branch.index]]
            self._verify(self._drafts.pop(branch.index), expected)
        self._open_drafts([branch for branch in spoken if branch.running])

    def _verify(self, draft: DraftTokens, expected: Sequence[Logits]) -> None:
        """Let a branch take what the model makes of a draft, up to the first other token."""
        branch, vocabulary = draft.branch, self.model.vocabulary
        self._drafted += len(draft.tokens)
        for drafted, origin, logits in zip(draft.tokens, draft.origins, expected, strict=False):
            allowed = branch.allowed(vocabulary)
            token = self._rule(branch.sampler, logits, allowed, drafted, origin)
            logprob = log_probability(logits, token, allowed)
            branch.take(vocabulary, token, logprob, self._stop)
            self._accepted += token == drafted
            if token != drafted or not branch.running:
                return
        branch.advance(vocabulary, expected[-1], self._stop)

    def _open_drafts(self, branches: Sequence[Branch]) -> None:
        """Begin drafts, no longer than what can be verified in one batch for all branches."""
        share = min(BATCH, self.model.most_logits) // max(len(self._running()), 1) - 1
        for branch in branches:
            most = min(self._most_drafted, share, branch.limit - len(branch.tokens) - 1)
            draft = DraftTokens(branch, self.model.vocabulary, self._stop, most)
            self._drafts[branch.index] = draft
            self._drafter.begin(draft)
