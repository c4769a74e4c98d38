"""What is kept of an answer: all that was said, and when."""

from __future__ import annotations

import msgspec

from ensemble.candidate import Generation


class TimedState(msgspec.Struct, frozen=True):
    """A generation's state, and when it came."""

    seconds: float
    """Since the model was asked."""
    generation: Generation
    """The state."""


class KeptGeneration(msgspec.Struct, frozen=True):
    """A generation that has run to its end."""

    states: tuple[TimedState, ...]
    """The states in which a candidate had newly ended, in order; the last one is `done`."""
    prefill_seconds: float
    """The time until the first token. What follows until the end is decoding."""


class KeptScores(msgspec.Struct, frozen=True):
    """What a model said to texts of others."""

    logprobs: tuple[tuple[float, ...], ...]
    """See `ScoringEngine.score`."""
    seconds: float
    """The time that it took."""
