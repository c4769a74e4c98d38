"""Two models of different vocabularies that choose what comes next together, aligned by text."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

import numpy as np

from ensemble.inference.branch import Branch
from ensemble.inference.cached_sequence import CachedSequence, LogitsWanted
from ensemble.inference.decoding.fusion import log_softmax
from ensemble.inference.job import Job, JobInputs, Partner
from ensemble.inference.sampler import Logits, Probabilities
from ensemble.inference.vocabulary import Vocabulary
from ensemble.policy.decoding import Decoding

_TOP = 40
"""How many of each model's best tokens take part."""
_END = b""
"""Stands for all tokens that end a text."""


class AlignedFusionJob(Job):
    """The weighted mean over the union of what both models find likely, compared as bytes.

    As in GaC (Yu et al. 2024, arXiv 2406.12585), over the tokens that either model has among its
    best (UniTE, Yao et al. 2024, arXiv 2410.03777): a text that is no token of a model counts there
    as its first part that is one. Texts with one first part share its probability, so that no model
    says more than it has. The job's own model goes on with the chosen text in its tokens;
    the partner reads everything written so far in its own. Where that is no text (in the middle of
    a character) or is not yet past the cursor, the own model chooses alone.
    """

    def __init__(self, inputs: JobInputs, decoding: Decoding, partner: Partner) -> None:
        super().__init__(*inputs)
        self._partner = self._add_sequence(partner.model, partner.fitted)
        self._partner_rest = partner.fitted.rest
        self._partner_room = partner.model.branch_room(
            len(partner.fitted.tokens), len(self.branches)
        )
        self._weight = decoding.weight
        self._linear = decoding.pooling == "linear"
        self._partner_logits: dict[int, Logits] = {}

    def _turn(self) -> CachedSequence:
        asking = any(True for _ in self._wanted())
        return self._partner if asking else self._own

    def _advance(self, sequence: CachedSequence) -> None:
        if sequence is self._partner:
            for index, expected in sequence.read(self._wanted()).items():
                self._partner_logits[index] = expected[0].copy()
            return
        wanted = [LogitsWanted(b.index, b.tokens, len(b.tokens)) for b in self._running()]
        for index, expected in sequence.read(wanted).items():
            branch, other = self.branches[index], self._partner_logits.pop(index, None)
            if other is None:
                branch.advance(self.model.vocabulary, expected[0], self._stop)
            else:
                self._choose(branch, expected[0], other)

    def _wanted(self) -> Iterator[LogitsWanted]:
        """Yield what the partner is to be asked before the next token."""
        vocabulary = self._partner.model.vocabulary
        before = self._partner_rest.decode("utf-8", "replace")
        for branch in self._running():
            if branch.index in self._partner_logits or branch.rest or branch.inside_character:
                continue
            tokens = vocabulary.tokenize(before + branch.text)
            if len(tokens) < self._partner_room:
                yield LogitsWanted(branch.index, tokens, len(tokens))

    def _choose(self, branch: Branch, own: Logits, other: Logits) -> None:
        vocabulary = self.model.vocabulary
        pieces = self._union(own, other)
        scores = self._fused(pieces, own, other)
        chosen = branch.sampler.draw(branch.sampler.distribution(scores))
        tokens = vocabulary.spelled(pieces[chosen]) or vocabulary.ends[:1].tolist()
        logprob = float(log_softmax(scores)[chosen]) / len(tokens)
        for token in tokens:
            if branch.running:
                branch.take(vocabulary, token, logprob, self._stop)

    def _union(self, own: Logits, other: Logits) -> list[bytes]:
        """Return the texts of both models' best tokens that the own model can write, its own ones
        first."""
        vocabularies = self.model.vocabulary, self._partner.model.vocabulary
        pieces: dict[bytes, None] = {}
        for vocabulary, logits in zip(vocabularies, (own, other), strict=True):
            for token in np.argsort(-logits, kind="stable")[:_TOP].tolist():
                if vocabulary.ends_text(token):
                    pieces[_END] = None
                elif piece := vocabulary.piece(token):
                    pieces[piece] = None
        own_vocabulary = vocabularies[0]
        return [piece for piece in pieces if piece == _END or own_vocabulary.spelled(piece)]

    def _fused(self, pieces: list[bytes], own: Logits, other: Logits) -> Logits:
        """Return the logarithm of the weighted mean for each text, up to a constant."""
        parts = (
            (self._weight, _expected(self.model.vocabulary, own, pieces)),
            (1 - self._weight, _expected(self._partner.model.vocabulary, other, pieces)),
        )
        if self._linear:
            with np.errstate(divide="ignore"):
                total = np.log(sum(weight * np.exp(known) for weight, known in parts))
        else:
            total = sum((weight * known for weight, known in parts if weight), np.zeros(1))
        return np.asarray(total, np.float32)


def _expected(vocabulary: Vocabulary, logits: Logits, pieces: list[bytes]) -> Probabilities:
    """Return the log-probability that a model gives to each text as the next one."""
    known = log_softmax(logits)
    firsts = [vocabulary.first_of(piece) for piece in pieces]
    sharing = Counter(firsts)
    expected = [
        -math.inf if first is None else float(known[first]) - math.log(sharing[first])
        for first in firsts
    ]
    if _END in pieces:
        expected[pieces.index(_END)] = float(np.logaddexp.reduce(known[vocabulary.ends]))
    return np.array(expected)
