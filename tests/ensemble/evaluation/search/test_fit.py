"""Fitting a policy: what it finds by itself, that it repeats itself, and what it writes."""

from __future__ import annotations

import asyncio
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ensemble.evaluation.members import Member, Members
from ensemble.evaluation.plans import read_plan
from ensemble.evaluation.search.ballots import TaskBallots, ask_all
from ensemble.evaluation.search.best_policy import (
    Goal,
    NothingFits,
    best_policy,
    shown_right,
    threshold,
)
from ensemble.evaluation.search.fit import FittedPolicy, figures, fit_policy
from ensemble.evaluation.search.policy_fitting import folds
from ensemble.evaluation.search.policy_replay import Replayer
from ensemble.evaluation.search.policy_space import ModelAccuracy, vote_weights, worth_asking
from ensemble.evaluation.search.policy_text import fitted_policy_text
from tests.ensemble.evaluation.search import synthetic

PROBLEMS = 20


@dataclass
class Made:
    """The models, what they say to the problems to fit on and to as many others, and what was
    fitted so far."""

    members: Members
    fitting: list[TaskBallots]
    others: list[TaskBallots]
    fits: dict[Goal, FittedPolicy] = field(default_factory=dict)

    def fitted(self, goal: Goal) -> FittedPolicy:
        if goal not in self.fits:
            self.fits[goal] = fit_policy(self.fitting, list(self.members.members.values()), goal)
        return self.fits[goal]


def made_up(folder: Path, **options: Any) -> Made:
    tasks = synthetic.tasks(2 * PROBLEMS, holes=4)
    members = synthetic.members(folder, tasks, **options)
    ballots = asyncio.run(ask_all(tasks, members))
    half = len(ballots) // 2
    return Made(members, ballots[:half], ballots[half:])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """What is wrong can be told by its length."""
    return made_up(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """What is wrong looks like what is right: only the votes tell."""
    return made_up(tmp_path_factory.mktemp("alike"), alike=True)


def alone(ballots: list[TaskBallots], model: str) -> float:
    return sum(h.right[h.ballots[model][0].text] for h in ballots) / len(ballots)


def test_it_is_better_than_the_best_model_on_other_problems(made: Made) -> None:
    found = made.fitted(Goal())
    others = figures(Replayer(made.others).outcomes(found.policy))
    assert others.right > alone(made.others, "middle") + 0.03
    assert found.validated.right > alone(made.fitting, "middle")
    assert others.shown == 1


def test_the_broken_model_is_not_asked(made: Made) -> None:
    for goal in (Goal(), Goal(budget=4.0), Goal(risk=0.2)):
        assert "broken" not in [tier.model for tier in made.fitted(goal).policy.tiers]


def test_the_budget_holds_on_other_problems(made: Made) -> None:
    free, bound = made.fitted(Goal()), made.fitted(Goal(budget=4.0))
    assert bound.fitted.cost <= 4.0 < free.fitted.cost
    assert figures(Replayer(made.others).outcomes(bound.policy)).cost <= 4.2
    assert alone(made.fitting, "tiny") < bound.fitted.right <= free.fitted.right


def test_a_risk_costs_answers(alike: Made) -> None:
    found = alike.fitted(Goal(risk=0.1))
    others = figures(Replayer(alike.others).outcomes(found.policy))
    assert found.fitted.right_of_shown >= 0.9
    assert others.right_of_shown >= 0.85
    assert 0.3 < others.shown < 1
    assert found.policy.minimum_agreement > 0
    assert found.reward is None, "what is wrong looks like what is right: the share says it all"


def test_a_reward_is_fitted_where_it_tells_more_than_the_votes(made: Made) -> None:
    goal = Goal(risk=0.1)
    found = made.fitted(goal)
    assert found.reward is not None
    assert 0 < found.policy.minimum_reward <= 1
    assert found.policy.minimum_agreement == 0
    others = figures(Replayer(made.others).outcomes(found.policy, found.reward))
    assert others.right_of_shown >= 0.95
    voted = best_policy(made.fitting, list(made.members.members.values()), goal)
    by_share = threshold(Replayer(made.others).outcomes(voted), made.others, goal)
    assert others.right * len(made.others) > shown_right(
        Replayer(made.others).outcomes(voted), by_share
    ), "more than the best threshold for the votes could show of these very tasks"


def test_what_must_always_be_answered_has_no_reward(made: Made) -> None:
    assert made.fitted(Goal()).reward is None


def test_a_target_shows_no_less_than_a_risk(alike: Made) -> None:
    risk, target = (alike.fitted(Goal(risk=0.1, as_target=on)) for on in (False, True))
    assert target.fitted.right >= risk.fitted.right
    assert target.fitted.right_of_shown >= 0.9


def test_a_certain_risk_is_kept_with_fewer_answers(alike: Made) -> None:
    certain = alike.fitted(Goal(risk=0.2, certainty=0.9))
    assert certain.fitted.shown < alike.fitted(Goal(risk=0.2)).fitted.shown
    assert certain.fitted.right_of_shown >= 0.8


def test_few_problems_are_no_certainty(alike: Made) -> None:
    """20 problems of four holes each are 80 holes, but .9 ** 20 is .12."""
    with pytest.raises(NothingFits):
        alike.fitted(Goal(risk=0.1, certainty=0.9))


@pytest.mark.parametrize("goal", [Goal(budget=0.2), Goal(risk=0.001)], ids=["budget", "risk"])
def test_what_nothing_reaches_is_said(made: Made, goal: Goal) -> None:
    with pytest.raises(NothingFits):
        made.fitted(goal)


def test_the_same_twice(made: Made) -> None:
    goal = Goal(budget=4.0)
    assert fit_policy(made.fitting, list(made.members.members.values()), goal) == made.fitted(goal)


def test_folds_keep_problems_together(made: Made) -> None:
    seen: list[str] = []
    for others, held_back in folds(made.fitting, 3, seed=1):
        apart = {heard.task.cluster for heard in held_back}
        assert not apart & {heard.task.cluster for heard in others}
        assert len(others) + len(held_back) == len(made.fitting)
        seen += [heard.task.task_id for heard in held_back]
    assert sorted(seen) == sorted(heard.task.task_id for heard in made.fitting)


def test_the_file_says_the_same_policy(made: Made, tmp_path: Path) -> None:
    goal = Goal(risk=0.2)
    found = made.fitted(goal)
    file = tmp_path / "found.toml"
    file.write_text(fitted_policy_text(found, goal, 'made "up"'), encoding="utf-8")
    plan = read_plan(file)
    assert plan.fitted_on == 'made "up"'
    again = Replayer(made.others).outcomes(plan.policy)
    assert again == Replayer(made.others).outcomes(found.policy)
    assert plan.policy.tiers == found.policy.tiers
    text = file.read_text(encoding="utf-8")
    assert "broken" in text, "it says who was left out"
    assert tomllib.loads(text)["minimum_agreement"] == found.policy.minimum_agreement


def measured(**accuracies: float) -> dict[str, ModelAccuracy]:
    return {
        name: ModelAccuracy(Member(name, 1.0, 1, live=False), accuracy)
        for name, accuracy in accuracies.items()
    }


def test_who_is_worth_asking() -> None:
    assert worth_asking(measured(a=0.5, b=0.8, c=0.39, d=0.4)) == ["b", "a", "d"]
    assert worth_asking(measured(a=0.03, b=0.01)) == ["a"], "relative to the best, not absolute"


def test_weights_are_log_odds() -> None:
    weights = vote_weights(measured(a=0.9, b=0.75, c=0.3), ["a", "b", "c"])
    assert weights["a"] / weights["b"] == pytest.approx(2.0, abs=0.02), "ln 9 is twice ln 3"
    assert 0 < weights["c"] < 0.1, "who is mostly wrong keeps hardly any"
