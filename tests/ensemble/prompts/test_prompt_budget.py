"""How long prompts may be on a machine of some speed, in some time."""

from __future__ import annotations

import pytest

from ensemble.models.info import ModelInfo
from ensemble.prompts.prompt_budget import PromptBudget, prompt_budget

CASES = {
    "nobody has measured": (0.0, 1.0, PromptBudget(8192)),
    "all of it in time": (10_000.0, 1.0, PromptBudget(8192)),
    "a processor": (160.0, 0.25, PromptBudget(188, 1118, 40)),
    "a little faster gives the same windows": (164.0, 0.25, PromptBudget(188, 1118, 40)),
    "twice as fast": (320.0, 0.25, PromptBudget(366, 2183, 78)),
    "hardly any speed": (4.0, 0.25, PromptBudget(150, None, 32)),
    "somebody has asked": (160.0, 3.0, PromptBudget(366, 1118, 40)),
    "a whole function may take longer": (160.0, 30.0, PromptBudget(3411, None, 40)),
    "nobody waits yet": (160.0, float("inf"), PromptBudget(188, 1118, 40)),
}
"""Tokens a second, seconds to the deadline, and the budget for a model of 8,192 tokens."""


@pytest.mark.parametrize(("speed", "deadline", "budget"), CASES.values(), ids=CASES)
def test_budget(speed: float, deadline: float, budget: PromptBudget) -> None:
    assert prompt_budget(ModelInfo("a", context=8192, prefill_speed=speed), deadline) == budget


def test_no_more_than_the_model_has() -> None:
    assert prompt_budget(ModelInfo("a", context=64, prefill_speed=10.0), 0.25).tokens == 64
