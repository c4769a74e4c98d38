"""The best model first: who is asked, and what decides."""

from __future__ import annotations

import pytest

from code_checks.hole import Hole
from ensemble.cascade.completer import Completer
from ensemble.engines.scripted import Script, ScriptedEngine
from ensemble.policy.best_first import best_first
from ensemble.request import CompletionRequest, Trigger
from ensemble.trace.candidate_events import Generated

HOLE = Hole("python", "x = 1\ny = ", "\n")
SURE, UNSURE = (-0.1,), (-2.0,)

CASES = {
    "a sure text decides alone": (
        [("x + 1", SURE)], [("x", SURE)], "x + 1", [("best", 1)],
    ),
    "an unsure one is asked about again": (
        [("x + 1", UNSURE), ("x + 2", SURE), ("x + 2", SURE)], [("x", SURE)],
        "x + 2", [("best", 1), ("best", 2)],
    ),
    "what a check refuses does not count": (
        [("z + 1", SURE), ("x + 2", SURE), ("x + 2", SURE)], [("x", SURE)],
        "x + 2", [("best", 1), ("best", 2)],
    ),
    "an unsure one of which no other is left": (
        [("x + 1", UNSURE), ("z", SURE), ("z", SURE)], [("x", SURE)],
        "x + 1", [("best", 1), ("best", 2)],
    ),
    "another opinion settles it": (
        [("x + 1", UNSURE), ("x + 2", SURE), ("z", SURE)], [("x + 2", SURE)],
        "x + 2", [("best", 1), ("best", 2), ("other", 1)],
    ),
    "whom nobody agrees with stays silent": (
        [("x + 1", UNSURE), ("x + 2", SURE), ("x + 3", SURE)], [("x + 2", SURE)],
        "", [("best", 1), ("best", 2), ("other", 1)],
    ),
}  # fmt: skip
"""What the best model writes, the first text greedily, what the other does, what is shown, and how
many texts each was asked for."""

Texts = list[tuple[str, tuple[float, ...]]]


@pytest.mark.parametrize(("best", "other", "shown", "asked"), CASES.values(), ids=CASES)
async def test_who_is_asked_and_what_is_shown(
    best: Texts, other: Texts, shown: str, asked: list[tuple[str, int]]
) -> None:
    engines = {"best": _actor("best", best), "other": _actor("other", other)}
    completer = Completer(engines, best_first(["other", "best"]))
    answer = await completer.complete(CompletionRequest(HOLE, 60.0, trigger=Trigger.AUTOMATIC))
    generated = [step.event for step in answer.trace if isinstance(step.event, Generated)]
    assert [(event.model, event.asked) for event in generated] == asked
    assert [completion.text for completion in answer.completions[:1]] == [shown] * bool(shown)


def test_one_model_is_asked_alone() -> None:
    assert [tier.model for tier in best_first(["only"]).tiers] == ["only", "only"]


def test_no_model_is_no_policy() -> None:
    with pytest.raises(ValueError, match="needs a model"):
        best_first([])


def _actor(name: str, texts: Texts) -> ScriptedEngine:
    rest = iter([Script(text, logprobs=logprobs) for text, logprobs in texts])
    return ScriptedEngine(name, lambda request: [next(rest) for _ in request.samplings])
