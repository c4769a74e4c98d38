"""The events of work that an editor's user ordered."""

from __future__ import annotations

from ensemble.trace.request_events import Event


class ActionOrdered(Event, frozen=True):
    name = "ordered"
    action: str
    """Its name in the protocol."""
    deadline_ms: int


class EditTried(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A change to the document, or a test, was tried out."""

    name = "tried"
    how: str
    """By what: a kind of change, or the model that wrote it."""
    text: str | None = None
    """Its beginning, where it is one text."""
    helped: int
    """The number of changes that help, 0 or 1 where it is one text."""
    detail: str | None = None
    """What was found, in words."""


class Proposed(Event, frozen=True):
    """The work ends with changes that somebody may accept."""

    name = "proposed"
    title: str
    detail: str
    """What speaks for them."""


class Declined(Event, frozen=True):
    """The work ends without changes."""

    name = "declined"
    title: str
    reason: str


ActionEvent = ActionOrdered | EditTried | Proposed | Declined
