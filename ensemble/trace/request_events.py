"""What can happen on a request's way, step by step, from its route to what is shown.

A trace holds these events, those of candidates (`candidate_events`), of votes (`vote_events`), of
tests (`testing_events`) and of work that somebody ordered (`action_events`). A reader matches on
their types. JSON says `{"ms", "event", "facts"}`: when it happened, the event's name, and its
fields. A field with a default is left out of the JSON where it holds that default.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from code_checks.hole import Extent


class Event(msgspec.Struct, frozen=True):
    """One kind of thing that can happen."""

    name: ClassVar[str]
    """What JSON calls it."""


class RoutedTier(msgspec.Struct, frozen=True):
    model: str
    samples: int
    """How many candidates are asked for."""


class Routed(Event, frozen=True):
    """The router has decided what the request may spend."""

    name = "route"
    tiers: tuple[RoutedTier, ...]
    """Whom to ask, in this order."""
    extent: Extent
    gates: tuple[str, ...]
    """The checks that a candidate has to pass."""
    deadline_ms: int | None
    """None where nobody waits."""
    max_tokens: int
    """Of one candidate."""
    reason: str
    """The manner of the request, what it stated itself, and what the router expects of models."""


class TooDear(Event, frozen=True):
    """A tier was passed over, because the policy's budget does not allow it."""

    name = "too_dear"
    tier: int
    model: str


class EngineFailed(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A model could not answer, or answered with an error."""

    name = "engine_failed"
    tier: int | None = None
    """None where no tier asked, but a step that follows the vote, or the server."""
    model: str | None = None
    error: str | None = None
    """The name of the error's class."""
    message: str
    """What to show to people."""
    purpose: str | None = None
    """What it was asked for, if not for candidates: `tests`."""


class Escalated(Event, frozen=True):
    """A tier has not decided; the next one is asked."""

    name = "escalated"
    tier: int
    """The tier that was asked."""
    to: str
    """The model that is asked next."""
    reason: str
    """Why the tier has not decided."""


class DrawnAgain(Event, frozen=True):
    """Visible tests refused all candidates of a tier; its model is asked once more."""

    name = "drawn_again"
    tier: int
    draw: int
    """How often the model has been asked by now."""
    reason: str
    """Why nothing has been decided."""


class Decided(Event, frozen=True):
    """A quorum agrees on something that passed."""

    name = "decided"
    tier: int
    reason: str


class Abstained(Event, frozen=True):
    """Nothing is shown."""

    name = "abstained"
    reason: str


class Finished(Event, frozen=True):
    """The request is answered; nothing more will come."""

    name = "finished"
    shown: int
    """The number of texts that may be shown."""
    decided: bool


class Remembered(Event, frozen=True):
    """What was typed since an earlier answer begins it, so that no model was asked again."""

    name = "remembered"
    text: str
    """What is left of that answer."""


RequestEvent = (
    Routed | TooDear | EngineFailed | Escalated | DrawnAgain | Decided | Abstained | Remembered
)
"""The turns that a request can take, without its end."""
