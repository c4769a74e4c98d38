"""The events of a vote: counted, closed by the deadline, and put in another order."""

from __future__ import annotations

import msgspec

from ensemble.trace.request_events import Event


class VoteGroup(msgspec.Struct, frozen=True):
    """Candidates that are votes for the same thing."""

    text: str
    """The beginning of the text that speaks for them."""
    weight: float
    """The weight of the votes together."""
    votes: int
    """The number of the votes."""
    models: tuple[str, ...]
    """The models that voted for it."""


class Voted(Event, frozen=True):
    """The votes were counted. All figures but `share` are weights."""

    name = "voted"
    tier: int
    share: float
    """The winner's part of everything that was asked for."""
    groups: tuple[VoteGroup, ...]
    """The strongest first."""
    silence: float
    """For no text at all."""
    cast: float
    """All votes, those of failed candidates in part."""
    outstanding: float
    """Candidates that have not finished."""


class DeadlineReached(Event, frozen=True):
    """The first deadline has come: what there is by then is shown. All figures but `share` are
    weights."""

    name = "deadline"
    reason: str
    """Why nothing is shown, or ""."""
    share: float
    """The winner's part of everything that was asked for."""
    groups: tuple[VoteGroup, ...]
    """The strongest first."""
    silence: float
    """For no text at all."""
    cast: float
    """All votes, those of failed candidates in part."""
    outstanding: float
    """Candidates that have not finished."""


class RankedText(msgspec.Struct, frozen=True):
    text: str
    mean_logprob: float
    """How likely the model finds it."""


class Ranked(Event, frozen=True):
    """A model has put the texts in the order in which it finds them likely."""

    name = "ranked"
    order: tuple[RankedText, ...]


class RankingRefused(Event, frozen=True):
    """The model that was to rank the texts cannot; the vote's order stands."""

    name = "ranked"
    refusal: str


class RewardedGroup(msgspec.Struct, frozen=True):
    """What a group of candidates is worth."""

    text: str
    reward: float
    """The probability that it is right, 0 to 1."""
    spread: float
    """By how much the scorers differ."""
    parts: dict[str, float]
    """What each feature adds to the logarithm of the odds."""
    why: str
    """All of this in words."""


class Rewarded(Event, frozen=True):
    """The reward says what the groups are worth."""

    name = "weighed"
    groups: tuple[RewardedGroup, ...]
    """The worthiest first."""


class RewardUnusable(Event, frozen=True):
    """The policy's reward cannot be used; the vote stands."""

    name = "weighed"
    refusal: str


VoteEvent = Voted | DeadlineReached | Ranked | RankingRefused | Rewarded | RewardUnusable
