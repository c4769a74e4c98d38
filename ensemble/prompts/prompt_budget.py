"""How long a prompt may be: what this model reads on this machine in the time that there is.

A context of 8,192 tokens takes a processor minutes to read, and a person pauses for two or three
seconds. So where reading is slow there are two prompts for one place: a short one, which is
answered in the pause, and a longer one, which is read while nothing else is to be done, and
answered as soon as most of it is in the cache.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from ensemble.models.info import ModelInfo

_PAUSE_SECONDS = 1.2
"""How long reading a prompt may take even where the deadline is shorter: the answer then comes
after the deadline, but still within a person's pause. With Qwen2.5-Coder 1.5B on two cores this
is a prompt of some 200 tokens; see docs/measurements.md."""
_IDLE_SECONDS = 8.0
"""How long a prompt may take to read that nobody waits for."""
_SHARE_OF_DEADLINE = 0.8
_SUFFIX_SECONDS = 0.3
"""How long reading what stands after the cursor may take: every new line moves it."""
_LEAST_TOKENS = 150
"""Below this, models have too little to go on, however long it takes."""
_LEAST_SUFFIX = 32
_STEP = 1.25
"""Budgets are powers of this times the least one: a speed that is measured a little differently
must not move the window's anchors, and with them everything that is cached."""


class PromptBudget(NamedTuple):
    """How many tokens prompts may have for one model and one request."""

    tokens: int
    """Of the prompt that is read when it is needed."""
    longer: int | None = None
    """Of the one that is read ahead; None where there is no use for one."""
    suffix: int | None = None
    """Of the text after the cursor in both; None where reading is so fast that a share of the
    prompt is enough of a bound."""


def prompt_budget(info: ModelInfo, deadline: float) -> PromptBudget:
    """Return how long prompts may be when the best answer goes out after `deadline` seconds.

    What nobody waits for is asked ahead of what somebody will wait for, so its prompts are those of
    a keystroke: an infinite deadline counts as none. A model whose speed is unknown
    (`prefill_speed` 0) may read its whole context, as may a fast one.
    """
    share = 0.0 if math.isinf(deadline) else _SHARE_OF_DEADLINE * deadline
    seconds = max(_PAUSE_SECONDS, share)
    tokens = _readable(info, seconds)
    if tokens == info.context:
        return PromptBudget(tokens)
    longer = _readable(info, max(_IDLE_SECONDS, seconds))
    suffix = _stepped(info.prefill_speed * _SUFFIX_SECONDS, _LEAST_SUFFIX)
    return PromptBudget(tokens, longer if longer > tokens else None, min(suffix, tokens // 3))


def _readable(info: ModelInfo, seconds: float) -> int:
    """Return how many tokens the model reads in so many seconds, at most its context."""
    readable = info.prefill_speed * seconds
    if not info.prefill_speed or readable >= info.context:
        return info.context
    return min(info.context, _stepped(readable, _LEAST_TOKENS))


def _stepped(tokens: float, least: int) -> int:
    """Return the largest step that is no more than so many tokens, and at least `least`."""
    steps = math.floor(math.log(max(tokens, least) / least, _STEP))
    return round(least * _STEP**steps)
