"""What tests look up in a trace."""

from __future__ import annotations

from typing import TypeVar

from ensemble.trace.request_events import Event
from ensemble.trace.trace import Answer

E = TypeVar("E", bound=Event)


def events(answer: Answer, kind: type[E]) -> list[E]:
    """Return the events of one kind, in order."""
    return [step.event for step in answer.trace if isinstance(step.event, kind)]
