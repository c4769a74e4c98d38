"""One request inside the host: its prompt, its branches, and the next thing to compute for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ensemble.candidate import Generation, Sampling, Stop, Usage
from ensemble.inference.branch import Branch
from ensemble.inference.cached_sequence import CachedSequence, LogitsWanted
from ensemble.inference.model import Model
from ensemble.inference.prompt_tokens import FittedPrompt


class JobInputs(NamedTuple):
    """What a job is made of."""

    model: Model
    """The model that writes."""
    fitted: FittedPrompt
    """The prompt in the model's tokens."""
    samplings: Sequence[Sampling]
    """How each branch's tokens are drawn; one entry per branch."""
    stop: Stop
    """Where a branch ends before the model itself ends it."""
    most: int
    """The most tokens of a branch."""


class Partner(NamedTuple):
    """The second model of a job."""

    model: Model
    """The second model."""
    fitted: FittedPrompt
    """The prompt in the second model's tokens."""
    common: int
    """The number of tokens, from token 0 on, that both vocabularies have in common, in the same
    order."""


class Job:
    """A request being worked on: prefill in slices, then all branches one token a step.

    `step()` does one slice or one step, so between two steps anything may come in between: the
    job may be suspended, and its model used for another, and resumed; it then computes again
    only what the other one displaced. No branch gets longer than `most` tokens.

    Jobs of two models derive from it: they have a second sequence, `_turn` says which of the two
    computes next, and `_advance` is what becomes of that.
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
        self._own = CachedSequence(model, fitted.tokens, len(self.branches))
        self._sequences = [self._own]
        self._drafted = self._accepted = 0

    @property
    def models(self) -> list[Model]:
        """The models whose caches the job uses."""
        return [sequence.model for sequence in self._sequences]

    @property
    def at_work(self) -> Model:
        """The model that the next step computes with."""
        return self._next().model

    @property
    def done(self) -> bool:
        return not self._running()

    def step(self) -> bool:
        """Compute one slice of a prompt or one batch of the branches; tell if a text changed."""
        sequence = self._next()
        if not sequence.ready:
            sequence.prefill()
            return False
        running = self._running()
        written = sum(len(branch.tokens) for branch in running)
        self._advance(sequence)
        ended = [branch for branch in running if not branch.running]
        for branch in ended:
            self._release(branch)
        return bool(ended) or sum(len(branch.tokens) for branch in running) > written

    def suspend(self) -> None:
        """Give the cache's branches up. The trunks stay until somebody needs the room."""
        for sequence in self._sequences:
            sequence.suspend()

    def generation(self) -> Generation:
        """Return the state of all branches."""
        usage = Usage(
            prompt=len(self._tokens),
            reused=max(self._own.reused, 0),
            generated=sum(len(branch.tokens) for branch in self.branches),
            cut=self._cut,
            drafted=self._drafted,
            accepted=self._accepted,
        )
        name = self.model.info.name
        candidates = tuple(branch.candidate(name) for branch in self.branches)
        return Generation(candidates, usage, self.done)

    def _add_sequence(self, model: Model, fitted: FittedPrompt) -> CachedSequence:
        """Let a second model read the branches too."""
        sequence = CachedSequence(model, fitted.tokens, len(self.branches))
        self._sequences.append(sequence)
        return sequence

    def _next(self) -> CachedSequence:
        unready = (sequence for sequence in self._sequences if not sequence.ready)
        return next(unready, None) or self._turn()

    def _turn(self) -> CachedSequence:
        return self._own

    def _advance(self, sequence: CachedSequence) -> None:
        """Let every running branch choose its next token."""
        running = self._running()
        found = sequence.read(LogitsWanted(b.index, b.tokens, len(b.tokens)) for b in running)
        for branch in running:
            if branch.index in found:
                branch.advance(self.model.vocabulary, found[branch.index][0], self._stop)

    def _running(self) -> list[Branch]:
        return [branch for branch in self.branches if branch.running]

    def _release(self, branch: Branch) -> None:
        for sequence in self._sequences:
            sequence.release(branch.index)
