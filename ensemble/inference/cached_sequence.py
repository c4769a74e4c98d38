"""One model that reads a prompt and what follows it: what of that is in its cache."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ensemble.inference.model import BATCH, LEAST_SLICE, Decoded, Model
from ensemble.inference.sampler import Logits

_SLICE_SECONDS = 0.06


class LogitsWanted(NamedTuple):
    """A request for logits behind a branch's tokens: those that predict the tokens from number
    `start` on, and those for the token that is still to come."""

    branch: int
    """The branch's index, from 0."""
    tokens: list[int]
    """All tokens of the branch; what the cache holds beyond their beginning is taken back."""
    start: int
    """The index of the first token whose predicting logits are wanted; `len(tokens)` if only those
    for the next token are."""


class CachedSequence:
    """A model's side of a job: the prompt in its trunk, and the branches behind it.

    Every request for logits names all tokens of its branch, so a branch may also take tokens back
    and go another way: only what differs is computed.
    """

    def __init__(self, model: Model, tokens: Sequence[int], branches: int) -> None:
        self.model = model
        self.prompt = tokens
        self.ready = False
        """Whether the prompt is in the cache, with the branches behind it."""
        self.reused = -1
        """How many of the prompt's tokens were in the cache at first; −1 before that is known."""
        self._resident = False
        self._held: list[list[int]] = [[] for _ in range(branches)]
        self._first: Logits | None = None

    def prefill(self) -> None:
        """Decode the next tokens of the prompt, as many as take about 60 ms."""
        model = self.model
        if not self._resident:
            reused = model.reuse(self.prompt)
            self.reused = reused if self.reused < 0 else self.reused
            self._resident = True
        start = time.perf_counter()
        at = len(model.trunk)
        tokens = self.prompt[at : at + model.slice]
        logits = model.extend_trunk(tokens)
        seconds = time.perf_counter() - start
        model.note_speed(len(tokens), seconds)
        if len(tokens) == model.slice:
            fitting = int(len(tokens) * _SLICE_SECONDS / max(seconds, 1e-6))
            model.slice = max(LEAST_SLICE, min(BATCH, 2 * model.slice, fitting))
        if len(model.trunk) == len(self.prompt):
            model.fork(len(self._held))
            self._first = logits.copy()
            self.ready = True

    def read(self, wanted: Iterable[LogitsWanted]) -> dict[int, list[Logits]]:
        """Compute in one batch what is wanted; return the logits by branch.

        A branch whose tokens do not fit into the batch beside those of the others is missing from
        the result: the next call goes on with it. The arrays are good until then.
        """
        room, outputs = BATCH, self.model.most_logits
        logits: dict[int, list[Logits]] = {}
        entries: list[Decoded] = []
        grown: list[tuple[LogitsWanted, int]] = []
        for want in wanted:
            count = len(want.tokens) - max(want.start, 1) + 1
            held = self._shorten(want)
            tokens = want.tokens[held:]
            complete = len(tokens) <= room and count <= outputs
            if not complete:
                tokens, count = tokens[: max(0, min(room, len(tokens) - count))], 0
            elif want.start == 0 and self._first is not None:
                logits[want.branch] = [self._first]
            if tokens:
                position = len(self.prompt) + held
                entries.append(Decoded(want.branch + 1, tokens, position, count))
                grown.append((want, count))
                room -= len(tokens)
                outputs -= count
        found = iter(self.model.decode(entries) if entries else ())
        for entry, (want, count) in zip(entries, grown, strict=True):
            self._held[want.branch].extend(entry.tokens)
            if count:
                logits.setdefault(want.branch, []).extend(next(found) for _ in range(count))
        return logits

    def release(self, branch: int) -> None:
        """Free the cells of a branch that has ended."""
        self.model.drop_branch(branch)
        self._held[branch] = []

    def suspend(self) -> None:
        """Give the cache's branches up. The trunk stays until somebody needs the room.

        Whoever has given them up already does nothing: they may be another job's by now.
        """
        if self._resident:
            for branch in range(len(self._held)):
                self.release(branch)
            self._resident = self.ready = False

    def _shorten(self, want: LogitsWanted) -> int:
        """Take back what a branch holds beyond the beginning that the request can use; return how
        many tokens that leaves."""
        held = self._held[want.branch]
        most = max(want.start - 1, 0)
        if held == want.tokens[: len(held)] and len(held) <= most:
            return len(held)
        pairs = zip(held, want.tokens[:most], strict=False)
        common = next((at for at, (old, new) in enumerate(pairs) if old != new), None)
        length = min(len(held), most) if common is None else common
        length = self.model.shorten_branch(want.branch, length)
        del held[length:]
        return length
