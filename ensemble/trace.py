"""What happened on the way to an answer, in order."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec

from code_checks.verdict import Verdict
from ensemble.candidate import Usage

_SHORT = 120


class Step(msgspec.Struct, frozen=True):
    """One thing that happened: `event` at `ms` after the request, with its facts.

    Events: route, context, generated, checked, voted, decided, escalated, abstained,
    engine_failed, unpaired, too_dear, ranked, weighed, deadline, finished, remembered; where tests
    judge also tests, tested, drawn_again, wrote_tests and compared; of work that an editor's user
    ordered also ordered, tried, proposed and declined.
    """

    ms: float
    event: str
    facts: dict[str, Any] = {}


class Journal:
    """Writes the steps of one request down, in order, with their times.

    Facts are what JSON can say: numbers, texts, lists and dictionaries of them. `listener` is told
    of each step when it is written.
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

    def note(self, event: str, **facts: Any) -> None:
        """Write one step down."""
        self._steps.append(Step(self.elapsed_ms, event, facts))
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
    verdicts: tuple[Verdict, ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """Completions to show, best first, and how they came about.

    `decided`: a quorum agreed on something that passed, so nobody need wait any longer.
    `final`: no better answer to this request will follow. `features` is what a reward could know of
    each completion, in their order; see `ensemble.reward.candidate_features`.
    """

    completions: tuple[Completion, ...] = ()
    trace: tuple[Step, ...] = ()
    usage: Usage = Usage()
    elapsed_ms: float = 0.0
    decided: bool = False
    final: bool = False
    features: tuple[dict[str, float], ...] = ()

    @property
    def due(self) -> bool:
        """Whether to show this without waiting for a better one: a quorum has decided, nothing
        more will come, or the deadline has."""
        return self.decided or self.final or any(step.event == "deadline" for step in self.trace)


def shortened(text: str) -> str:
    """Return the beginning of a text, for a trace."""
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
