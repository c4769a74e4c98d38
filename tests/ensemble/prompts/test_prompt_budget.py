"""How long a prompt may be on a machine of some speed, in some time."""

from __future__ import annotations

import pytest

from ensemble.models.info import ModelInfo
from ensemble.prompts.prompt_budget import reading_seconds, within_time

CASES = {
    "nobody has measured": (0.0, 1.0, 8192),
    "all of it in time": (10_000.0, 1.0, 8192),
    "a processor": (180.0, 1.0, 150),
    "a little faster gives the same window": (184.0, 1.0, 150),
    "twice as fast": (360.0, 1.0, 293),
    "hardly any time": (180.0, 0.01, 96),
    "a whole function may take longer": (180.0, 24.0, 4263),
}
"""Tokens a second, seconds, and the context that is left of 8,192 tokens."""


@pytest.mark.parametrize(("speed", "seconds", "context"), CASES.values(), ids=CASES)
def test_context(speed: float, seconds: float, context: int) -> None:
    info = ModelInfo("a", context=8192, prefill_speed=speed)
    assert within_time(info, seconds).context == context


def test_no_more_than_the_model_has() -> None:
    info = ModelInfo("a", context=64, prefill_speed=10.0)
    assert within_time(info, 1.0).context == 64


@pytest.mark.parametrize(("deadline", "seconds"), [(0.25, 1.2), (3.0, 2.4), (30.0, 24.0)])
def test_a_pause_is_the_least(deadline: float, seconds: float) -> None:
    assert reading_seconds(deadline) == pytest.approx(seconds)
