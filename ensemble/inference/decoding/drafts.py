"""Drafts: tokens that something cheap proposes to follow a branch, for the model to verify."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from ensemble.candidate import Stop
from ensemble.engines.stop_rules import stopped
from ensemble.inference.branch import Branch
from ensemble.inference.cached_sequence import CachedSequence, LogitsWanted
from ensemble.inference.sampler import Distribution, Sampler, log_probability
from ensemble.inference.vocabulary import Vocabulary

_LONGEST_GRAM, _SHORTEST_GRAM = 4, 2
"""How many tokens must have stood in the prompt before: fewer are met everywhere by accident."""


class DraftTokens:
    """Tokens proposed to follow a branch, and what each was drawn from.

    It is closed when it has enough tokens, when the text would end with them, or when whoever
    writes it has no more to say.
    """

    def __init__(self, branch: Branch, vocabulary: Vocabulary, stop: Stop, most: int) -> None:
        self.branch = branch
        self.tokens: list[int] = []
        self.origins: list[Distribution] = []
        self.closed = most <= 0
        self.rest = branch.rest
        self._vocabulary = vocabulary
        self._stop = stop
        self._most = most
        self._text = branch.text

    def add(self, token: int, origin: Distribution) -> None:
        """Propose one more token."""
        self.tokens.append(token)
        self.origins.append(origin)
        if self._vocabulary.ends_text(token):
            self.closed = True
            return
        piece = self._vocabulary.piece(token)
        self._text += piece[len(self.rest) :].decode("utf-8", "replace")
        self.rest = self.rest[len(piece) :]
        ended = stopped(self._stop, self._text) is not None
        self.closed = self.closed or ended or len(self.tokens) >= self._most


class Drafter(Protocol):
    """Something that writes drafts."""

    sequence: CachedSequence | None
    """The model that it computes with, if it needs one."""

    def begin(self, draft: DraftTokens) -> None:
        """Write what costs nothing; close the draft if that is all."""

    def extend(self, drafts: Sequence[DraftTokens]) -> None:
        """Go on with all open drafts in one batch."""


class ModelDrafter:
    """A small model drafts: each token is drawn from what it expects, sampled as the branch is.

    It stops at the first token of which it is not sure (its best token has less than `confidence`).
    Whether it goes on depends on what it expects and never on what was drawn, or verifying would
    not give the large model's distribution.
    """

    def __init__(
        self, sequence: CachedSequence, common: int, confidence: float, branches: Sequence[Branch]
    ) -> None:
        """`common` is how many tokens the vocabularies of both models have in common."""
        self.sequence: CachedSequence | None = sequence
        self._model = sequence
        self._common = common
        self._least = math.log(confidence) if confidence > 0 else -math.inf
        # Draws of its own: what is drafted must not decide what is accepted.
        self._samplers = [Sampler(branch.sampling, stream=1) for branch in branches]
        self._room = sequence.model.branch_room(len(sequence.prompt), len(branches))

    def begin(self, draft: DraftTokens) -> None:
        """Everything is written in batches."""
        self._close_if_full(draft)

    def extend(self, drafts: Sequence[DraftTokens]) -> None:
        """Add a token to each open draft."""
        opened = {draft.branch.index: draft for draft in drafts if not draft.closed}
        vocabulary = self._model.model.vocabulary
        for index, logits in self._model.read(_wanted(opened)).items():
            draft = opened[index]
            allowed = vocabulary.allowed(draft.rest) if draft.rest else None
            sampler = self._samplers[index]
            expected = logits[0][: self._common]
            origin = sampler.distribution(expected, allowed)
            best = log_probability(expected, int(origin.tokens[0]), allowed)
            if best < self._least:
                draft.closed = True
            else:
                draft.add(sampler.draw(origin), origin)
                self._close_if_full(draft)

    def _close_if_full(self, draft: DraftTokens) -> None:
        """Close the draft if this model's context has no room for more."""
        written = len(draft.branch.tokens) + len(draft.tokens)
        draft.closed = draft.closed or written + 1 >= self._room


def _wanted(drafts: Mapping[int, DraftTokens]) -> list[LogitsWanted]:
    written = {index: draft.branch.tokens + draft.tokens for index, draft in drafts.items()}
    return [LogitsWanted(index, tokens, len(tokens)) for index, tokens in written.items()]


class LookupDrafter:
    """The prompt drafts (Saxena 2023, "Prompt Lookup Decoding"): the last tokens are looked for in
    the open file and in what was written since, and what followed them there is proposed.

    Of several places the last one counts, of several lengths the longest. No model is needed, and
    a wrong draft costs no more than the width of a batch.
    """

    def __init__(self, prompt: Sequence[int]) -> None:
        self.sequence: CachedSequence | None = None
        self._prompt = prompt

    def begin(self, draft: DraftTokens) -> None:
        """Write the whole draft."""
        if draft.branch.rest:
            draft.closed = True
        for token in self._following(draft.branch.tokens):
            if draft.closed:
                break
            draft.add(token, Distribution(np.array([token], np.int32), np.ones(1)))
        draft.closed = True

    def extend(self, drafts: Sequence[DraftTokens]) -> None:
        """Everything was written at the beginning."""

    def _following(self, written: Sequence[int]) -> list[int]:
        """Return what once followed the last tokens, or nothing if they stand nowhere else."""
        known = np.array([*self._prompt, *written], np.int32)
        for length in range(_LONGEST_GRAM, _SHORTEST_GRAM - 1, -1):
            if len(known) <= length:
                continue
            windows = np.lib.stride_tricks.sliding_window_view(known[:-1], length)
            found = np.flatnonzero((windows == known[-length:]).all(axis=1))
            if len(found):
                following: list[int] = known[found[-1] + length :].tolist()
                return following
        return []
