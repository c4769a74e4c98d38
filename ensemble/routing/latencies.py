"""How long models take at the moment, told from the traces of recent requests."""

from __future__ import annotations

from collections.abc import Callable

from ensemble.trace.candidate_events import Generated
from ensemble.trace.trace import Step

_NEWEST = 0.3
"""The weight of the newest generation in an exponential moving average."""


class Latencies:
    """The seconds that each model took lately, from its prompt to its last candidate."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def watching(self, listener: Callable[[Step], None] | None) -> Callable[[Step], None]:
        """Return a listener for a request's steps that learns from them and tells another."""

        def watch(step: Step) -> None:
            if isinstance(step.event, Generated):
                self.note(step.event.model, step.event.ms / 1000)
            if listener is not None:
                listener(step)

        return watch

    def note(self, model: str, seconds: float) -> None:
        """Take a generation's time."""
        before = self.seconds.get(model, seconds)
        self.seconds[model] = before + _NEWEST * (seconds - before)
