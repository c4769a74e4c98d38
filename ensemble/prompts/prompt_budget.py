"""How long a prompt may be: what this model reads on this machine in the time that there is.

A context of 8,192 tokens takes a processor minutes to read, and a person pauses for two or three
seconds. A short prompt that is answered in the pause is worth more than a long one that is not.
"""

from __future__ import annotations

import math

import msgspec

from ensemble.models.info import ModelInfo

_PAUSE_SECONDS = 1.2
"""How long reading a prompt may take even where the deadline is shorter: the answer then comes
after the deadline, but still within a person's pause. With Qwen2.5-Coder 1.5B on two cores this
is a prompt of some 200 tokens; see docs/measurements.md."""
_SHARE_OF_DEADLINE = 0.8
_LEAST_TOKENS = 96
"""Below this, models have too little to go on, however long it takes."""
_STEP = 1.25
"""Budgets are powers of this times the least one: a speed that is measured a little differently
must not move the window's anchors, and with them everything that is cached."""


def reading_seconds(deadline: float) -> float:
    """Return the seconds that reading a prompt may take when the best answer goes out after
    `deadline` seconds."""
    return max(_PAUSE_SECONDS, _SHARE_OF_DEADLINE * deadline)


def within_time(info: ModelInfo, seconds: float) -> ModelInfo:
    """Return the model with no more context than it can read in so many seconds.

    A model whose speed is unknown (`prefill_speed` 0) keeps its context, as does a fast one.
    """
    readable = info.prefill_speed * seconds
    if not info.prefill_speed or readable >= info.context:
        return info
    steps = math.floor(math.log(max(readable, _LEAST_TOKENS) / _LEAST_TOKENS, _STEP))
    tokens = round(_LEAST_TOKENS * _STEP**steps)
    return msgspec.structs.replace(info, context=min(info.context, tokens))
