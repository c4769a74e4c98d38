"""One request inside the host: its prompt, its branches, and the next thing to compute for them."""

from __future__ import annotations

import codecs
import time
from collections.abc import Sequence

from ensemble.candidate import Candidate, Generation, Sampling, Stop, StopReason, Usage
from ensemble.inference.fitting import FittedPrompt
from ensemble.inference.model import BATCH, LEAST_SLICE, Decoded, Model
from ensemble.inference.sampler import Logits, Sampler
from ensemble.stop import stopped

_SLICE_SECONDS = 0.06


class Branch:
    """One candidate in the making: its tokens, its text, its sampler."""

    def __init__(self, index: int, sampling: Sampling, rest: bytes, most: int) -> None:
        self.index = index
        self.limit = min(sampling.max_tokens, most)
        self.tokens: list[int] = []
        self.logprobs: list[float] = []
        self.stop = StopReason.RUNNING
        self.in_cache = 0
        """How many of the tokens are in the model's cache."""
        self.rest = rest
        """What is still to be written again of the text before the cursor (token healing)."""
        self._sampler = Sampler(sampling)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._ends: list[int] = []
        self.text = ""

    def advance(self, model: Model, logits: Logits, stop: Stop) -> None:
        """Choose the next token from the logits, and see whether the text ends with it."""
        vocabulary = model.vocabulary
        allowed = vocabulary.allowed(self.rest) if self.rest else None
        token, logprob = self._sampler.choose(logits, allowed)
        if vocabulary.ends_text(token):
            self.stop = StopReason.END
            return
        self.tokens.append(token)
        self.logprobs.append(logprob)
        piece = vocabulary.piece(token)
        written, self.rest = piece[len(self.rest) :], self.rest[len(piece) :]
        self.text += self._decoder.decode(written)
        self._ends.append(len(self.text))
        end = stopped(stop, self.text)
        if end is not None:
            self._cut(*end)
        elif len(self.tokens) >= self.limit:
            self.stop = StopReason.LENGTH

    def candidate(self, model: str) -> Candidate:
        """Return the candidate as it stands."""
        return Candidate(self.text, model, tuple(self.logprobs), self.stop, self.index)

    def _cut(self, end: int, reason: StopReason) -> None:
        # A token that reaches past the cut was chosen for its beginning as well, so it counts.
        kept = sum(1 for stop in [0, *self._ends[:-1]] if stop < end)
        self.text, self.stop = self.text[:end], reason
        self.logprobs = self.logprobs[: max(kept, 1)]


class Job:
    """A request being worked on: prefill in slices, then all branches one token a step.

    `step()` does one slice or one step, so between two steps anything may come in between: the
    job may be suspended, and its model used for another, and resumed; it then computes again
    only what the other one displaced. No branch gets longer than `most` tokens.
    """

    def __init__(
        self,
        model: Model,
        fitted: FittedPrompt,
        samplings: Sequence[Sampling],
        stop: Stop,
        most: int,
    ) -> None:
        self.model = model
        self._tokens = fitted.tokens
        self._stop = stop
        self.branches = [
            Branch(index, sampling, fitted.rest, most) for index, sampling in enumerate(samplings)
        ]
        self._cut = fitted.cut
        self._reused = -1
        self._resident = False

    @property
    def done(self) -> bool:
        return all(branch.stop is not StopReason.RUNNING for branch in self.branches)

    def step(self) -> bool:
        """Compute one slice of the prompt or one token of each branch; tell if a text changed."""
        if not self._resident:
            self._enter()
        if len(self.model.trunk) < len(self._tokens):
            return self._prefill_slice()
        self._decode_step()
        return True

    def suspend(self) -> None:
        """Give the cache's branches up. The trunk stays until somebody needs the room."""
        for branch in self.branches:
            self.model.drop_branch(branch.index)
            branch.in_cache = 0
        self._resident = False

    def generation(self) -> Generation:
        """Return the state of all branches."""
        usage = Usage(
            prompt=len(self._tokens),
            reused=max(self._reused, 0),
            generated=sum(len(branch.tokens) for branch in self.branches),
            cut=self._cut,
        )
        name = self.model.info.name
        candidates = tuple(branch.candidate(name) for branch in self.branches)
        return Generation(candidates, usage, self.done)

    def _enter(self) -> None:
        reused = self.model.reuse(self._tokens)
        if self._reused < 0:
            self._reused = reused
        self._resident = True

    def _prefill_slice(self) -> bool:
        """Decode the next tokens of the prompt, as many as take about 60 ms."""
        start = time.perf_counter()
        at = len(self.model.trunk)
        tokens = self._tokens[at : at + self.model.slice]
        logits = self.model.extend_trunk(tokens)
        seconds = time.perf_counter() - start
        if len(tokens) == self.model.slice:
            fitting = int(len(tokens) * _SLICE_SECONDS / max(seconds, 1e-6))
            self.model.slice = max(LEAST_SLICE, min(BATCH, 2 * self.model.slice, fitting))
        if at + len(tokens) < len(self._tokens):
            return False
        self.model.fork(len(self.branches))
        for branch in self.branches:
            if not branch.tokens and branch.stop is StopReason.RUNNING:
                branch.advance(self.model, logits, self._stop)
            self._release_if_done(branch)
        return True

    def _decode_step(self) -> None:
        """Put every running branch's new tokens into one batch and let each choose its next."""
        room = BATCH
        entries: list[Decoded] = []
        advancing: list[Branch] = []
        for branch in self.branches:
            if branch.stop is not StopReason.RUNNING or not room:
                continue
            # A resumed branch has more than one token to put back, perhaps more than fit.
            tokens = branch.tokens[branch.in_cache :][:room]
            room -= len(tokens)
            complete = branch.in_cache + len(tokens) == len(branch.tokens)
            position = len(self._tokens) + branch.in_cache
            entries.append(Decoded(branch.index + 1, tokens, position, complete))
            branch.in_cache += len(tokens)
            if complete:
                advancing.append(branch)
        for branch, logits in zip(advancing, self.model.decode(entries), strict=True):
            branch.advance(self.model, logits, self._stop)
            self._release_if_done(branch)

    def _release_if_done(self, branch: Branch) -> None:
        if branch.stop is not StopReason.RUNNING:
            self.model.drop_branch(branch.index)
