"""A router that is fitted on an evaluation, and its policy's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from ensemble.errors import EvaluationError
from ensemble.evaluation.plans import read_plan
from ensemble.evaluation.router_crossfit import fitted_router, router_policy_text, router_rows
from ensemble.evaluation.tasks import Task
from ensemble.request import CompletionRequest
from ensemble.routing.route import route

COSTS = {"small": 0.5, "large model.gguf": 2.0}


def _tasks(count: int) -> list[Task]:
    """Return holes in a call and holes behind an equals sign, in turn."""
    heads = ("print(total, ", "total = ")
    return [
        Task(f"Case/{number}", f"total = {number}\n{heads[number % 2]}", "1", "\n")
        for number in range(count)
    ]


def _rates(count: int) -> dict[str, list[float]]:
    """The small model is seldom right in a call, the large one usually everywhere."""
    return {
        "small": [float((n % 2 == 1 and n % 20 != 1) or n % 20 == 0) for n in range(count)],
        "large model.gguf": [float(n % 10 > 1) for n in range(count)],
    }


def test_a_policy_s_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    tasks, rates = _tasks(160), _rates(160)
    weights = fitted_router(tasks, rates, COSTS, 'some "tasks"', budget=0.7)
    file = tmp_path / "routed.toml"
    file.write_text(router_policy_text(weights, 'some "tasks"'), encoding="utf-8")
    plan = read_plan(file)
    assert plan.fitted_on == 'some "tasks"'
    assert [tier.model for tier in plan.policy.tiers] == [*COSTS]
    router = plan.policy.router
    assert router is not None
    assert router.models["small"].weights == weights.models["small"].weights
    assert (router.price, router.silence) == (weights.price, weights.silence)


def test_it_begins_where_it_has_learned_to() -> None:
    tasks, rates = _tasks(160), _rates(160)
    weights = fitted_router(tasks, rates, COSTS, "", budget=0.7)
    rows = router_rows(tasks, rates, [*COSTS])[:2]
    in_a_call, behind_equals = (weights.models["small"].chance(row.features) for row in rows)
    assert in_a_call < behind_equals


def test_a_routed_policy_asks_the_other_model_first(tmp_path: Path) -> None:
    weights = fitted_router(_tasks(160), _rates(160), COSTS, "", budget=0.7)
    file = tmp_path / "routed.toml"
    file.write_text(router_policy_text(weights, ""), encoding="utf-8")
    policy = read_plan(file).policy
    first = {
        task.prompt.split("\n")[1]: route(CompletionRequest(task.hole, 60.0), policy).tiers[0].model
        for task in _tasks(40)
    }
    assert first == {"print(total, ": "large model.gguf", "total = ": "small"}


@pytest.mark.parametrize("count", [0, 20])
def test_too_little_evidence(count: int) -> None:
    with pytest.raises(EvaluationError, match="a router needs two models with 60 tasks"):
        fitted_router(_tasks(count), _rates(count), COSTS, "")
