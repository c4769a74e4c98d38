"""Fitting: what there is to learn is learned, what is not is refused, the rest is reproducible."""

from __future__ import annotations

import random
from collections.abc import Callable
from math import exp, log
from statistics import fmean

import msgspec
import pytest

from ensemble.errors import TooLittle
from ensemble.reward.calibration import area_under_curve, calibration_error
from ensemble.reward.feature_choice import choose_features
from ensemble.reward.reward_fitting import SCORERS, fit_reward
from ensemble.reward.reward_model import Combination, Reward
from ensemble.reward.reward_rows import RewardRow, elections, first_ones
from tests.ensemble.reward.material import reward, rows

SEEN, UNSEEN = rows(40, seed=1), rows(300, seed=2)


@pytest.fixture(scope="module")
def fitted() -> Reward:
    return fit_reward(SEEN, "forty made-up problems")


def scores_of(found: Reward, judged: list[RewardRow]) -> list[float]:
    return [found.judge(row.features).reward for row in judged]


def test_what_was_learned_holds_for_unseen_problems(fitted: Reward) -> None:
    scores, right = scores_of(fitted, UNSEEN), [row.right for row in UNSEEN]
    shares = [row.features["share"] for row in UNSEEN]
    assert area_under_curve(scores, right) > area_under_curve(shares, right) + 0.01
    assert calibration_error(scores, right) < 0.06 < calibration_error(shares, right)


def test_the_threshold_keeps_what_it_says(fitted: Reward) -> None:
    scores = scores_of(fitted, UNSEEN)
    firsts = first_ones(UNSEEN, scores)
    hidden = {
        right: fmean(scores[i] < fitted.keeps for i in firsts if UNSEEN[i].right is right)
        for right in (True, False)
    }
    assert hidden[True] < 0.1
    assert hidden[False] > hidden[True]


def test_it_says_what_it_is(fitted: Reward) -> None:
    assert (fitted.fitted_on, fitted.rows, fitted.holes, fitted.problems) == (
        "forty made-up problems", 160, 80, 40,
    )  # fmt: skip
    assert len(fitted.scorers) == SCORERS
    assert len({scorer.weights for scorer in fitted.scorers}) == SCORERS
    assert fitted.models == ("good",)


def test_features_that_say_nothing_are_removed() -> None:
    choice = choose_features(SEEN)
    assert set(choice.names) == {"share", "backed:good"}
    assert choice.removed == ("chars",)


def test_one_that_may_judge_any_model_knows_none() -> None:
    assert fit_reward(SEEN, "", by_model=False).models == ()


def test_equal_rows_give_equal_rewards(fitted: Reward) -> None:
    assert fit_reward(rows(40, seed=1), "forty made-up problems") == fitted


def _only(kind: bool) -> list[RewardRow]:
    return [msgspec.structs.replace(row, right=kind) for row in SEEN]


def _noise() -> list[RewardRow]:
    chance = random.Random(3)
    return [msgspec.structs.replace(row, right=chance.random() < 0.5) for row in SEEN]


TOO_LITTLE: dict[str, tuple[Callable[[], list[RewardRow]], str]] = {
    "nothing": (list, "0 problems are too few"),
    "few problems": (lambda: rows(9), "9 problems are too few to fit a reward: it takes 10"),
    "all wrong": (lambda: _only(False), "0 right candidates are too few"),
    "all right": (lambda: _only(True), "0 wrong candidates are too few"),
    "noise": (_noise, "nothing that is known of these candidates tells the right from the wrong"),
    "no features": (
        lambda: [msgspec.structs.replace(row, features={}) for row in SEEN], "nothing that is known"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("given", "message"), TOO_LITTLE.values(), ids=TOO_LITTLE)
def test_too_little_is_refused(given: Callable[[], list[RewardRow]], message: str) -> None:
    with pytest.raises(TooLittle, match=message):
        fit_reward(given(), "")


def test_who_comes_first() -> None:
    judged = [
        RewardRow({"tests": 0.0}, True, "a", "a"),
        RewardRow({"tests": 1.0}, True, "a", "a"),
        RewardRow({}, True, "b", "b"),
        RewardRow({}, True, "b", "b"),
    ]
    assert elections(judged) == {"a": [0, 1], "b": [2, 3]}
    assert first_ones(judged, [0.9, 0.1, 0.5, 0.5]) == [1, 2]


COMBINED = {
    Combination.MEAN: 1.0,
    Combination.MINIMUM: -1.0,
    Combination.CAUTIOUS: 1.0 - 0.5 * 2.0,  # The standard deviation of -1 and 3 is 2.
}


@pytest.mark.parametrize(("combination", "odds"), COMBINED.items(), ids=COMBINED)
def test_scorers_are_combined(combination: Combination, odds: float) -> None:
    two = reward(("share", 1.0), scorers=((-2, 1), (2, 1)), combination=combination, k=0.5)
    judged = two.judge({"share": 1.0})
    assert log(judged.reward / (1 - judged.reward)) == pytest.approx(odds)
    apart = 1 / (1 + exp(-3)) - 1 / (1 + exp(1))
    assert judged.spread == pytest.approx(apart / 2)


def test_the_parts_add_up() -> None:
    weights = (("share", 2.0), ("chars", -0.5), ("kind:call", 1.0), ("tail", 0.01))
    judged = reward(*weights, scorers=((0.3, 1),)).judge({"share": 1.0, "chars": 2.0, "tail": 1.0})
    assert {part.feature: part.amount for part in judged.parts} == {"share": 2.0, "chars": -1.0}
    assert log(judged.reward / (1 - judged.reward)) == pytest.approx(0.3 + 2.0 - 1.0 + 0.01)


def test_what_is_unknown_is_as_the_mean() -> None:
    one = reward(("mean_logprob", 1.0), ("kind:call", 1.0))
    assert one.judge({}).reward == one.judge({"mean_logprob": 0.0, "kind:call": 0.0}).reward
