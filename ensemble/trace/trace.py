"""What happened on the way to an answer, in order."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from code_checks.verdict import Verdict
from ensemble.candidate import Usage
from ensemble.trace.action_events import ActionEvent
from ensemble.trace.candidate_events import CandidateEvent
from ensemble.trace.request_events import Finished, RequestEvent
from ensemble.trace.testing_events import TestingEvent
from ensemble.trace.vote_events import DeadlineReached, VoteEvent

_SHORT = 120

TraceEvent = RequestEvent | CandidateEvent | VoteEvent | TestingEvent | ActionEvent | Finished
"""Whatever a step can be. Who reads a trace matches on these types, so that none is forgotten."""


class Step(msgspec.Struct, frozen=True):
    """One thing that happened.

    In JSON `{"ms", "event", "facts"}`; see `ensemble.trace.request_events`.
    """

    ms: float
    """Milliseconds after the request began."""
    name: str = msgspec.field(name="event")
    event: TraceEvent = msgspec.field(name="facts")
    """What happened."""

    @classmethod
    def of(cls, event: TraceEvent, ms: float = 0.0) -> Step:
        """Return the step in which something happened."""
        return cls(ms, event.name, event)


class Journal:
    """Writes the steps of one request down, in order, with their times.

    `listener` is told of each step when it is written.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.perf_counter,
        listener: Callable[[Step], None] | None = None,
    ) -> None:
        self._clock = clock
        self._listener = listener
        self._start = clock()
        self._steps: list[Step] = []

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds since the request began."""
        return round((self._clock() - self._start) * 1000, 2)

    @property
    def steps(self) -> tuple[Step, ...]:
        """What has been written so far."""
        return tuple(self._steps)

    def note(self, event: TraceEvent) -> None:
        """Write one step down."""
        self._steps.append(Step.of(event, self.elapsed_ms))
        if self._listener is not None:
            self._listener(self._steps[-1])


class Completion(msgspec.Struct, frozen=True):
    """A text that may be shown: what goes in at the cursor, and why one may believe it."""

    text: str
    model: str
    tier: int
    """The index of the tier that wrote it, from 0."""
    share: float
    """The part of all votes asked for that agree with it, 0 to 1; see `ensemble.voting.vote`."""
    mean_logprob: float | None
    """Of a token; None where the model does not tell."""
    verdicts: tuple[Verdict, ...] = ()
    """What each check said."""


class Answer(msgspec.Struct, frozen=True):
    """Completions to show, and how they came about."""

    completions: tuple[Completion, ...] = ()
    """The best first."""
    trace: tuple[Step, ...] = ()
    """The steps that led to the answer, in order."""
    usage: Usage = Usage()
    elapsed_ms: float = 0.0
    """Milliseconds from the request to the answer."""
    decided: bool = False
    """Whether a quorum agreed on something that passed, so that nobody need wait any longer."""
    final: bool = False
    """Whether no better answer to this request will follow."""
    features: tuple[dict[str, float], ...] = ()
    """What a reward could know of each completion, in their order; see
    `ensemble.reward.candidate_features`."""

    @property
    def due(self) -> bool:
        """Whether to show this without waiting for a better one: a quorum has decided, nothing
        more will come, or the deadline has."""
        late = any(isinstance(step.event, DeadlineReached) for step in self.trace)
        return self.decided or self.final or late


def shortened(text: str) -> str:
    """Return the beginning of a text, for a trace."""
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
