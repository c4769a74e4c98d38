"""Files of version 1, which lie on users' machines, are read and predict what they predicted.

`version_1` holds what `coterie stats fit`, `coterie evaluate --fit-reward` and `coterie stats
share` wrote, and `predictions.json` what was made of it then: features of groups of candidates and
of holes, and the probabilities for each.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ensemble.learning.averaging import averaged_reward, averaged_router
from ensemble.learning.router_files import read_weights
from ensemble.learning.sharing import read_shared
from ensemble.linear.linear_scorer import Features
from ensemble.policy.router_weights import RouterWeights
from ensemble.reward.reward_files import load
from ensemble.reward.reward_model import Reward

FOLDER = Path(__file__).with_name("version_1")


class Predictions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What rewards say of each of `candidates`, and routers, for each model, of each of `holes`."""

    rewards: dict[str, list[float]]
    spreads: dict[str, list[float]]
    routers: dict[str, dict[str, list[float]]]
    candidates: list[Features]
    holes: list[Features]


KNOWN = msgspec.json.decode((FOLDER / "predictions.json").read_bytes(), type=Predictions)


def a_reward(name: str) -> Reward:
    """Return a reward as the product gets at it."""
    own, theirs = load(str(FOLDER / "reward.json")), read_shared(FOLDER / "shared.json").reward
    assert theirs is not None
    known = {"reward.json": own, "averaged": averaged_reward([own, theirs], "")}
    return known[name] if name in known else load(name)


def a_router(name: str) -> RouterWeights:
    """Return a router as the product gets at it."""
    own, theirs = read_weights(FOLDER / "router.json"), read_shared(FOLDER / "shared.json").router
    assert theirs is not None
    averaged = averaged_router([own, theirs], "")
    assert averaged is not None
    return {"router.json": own, "shared.json": theirs, "averaged": averaged}[name]


def same(expected: list[float]) -> object:
    """Return what compares equal but for the last digits: how Python adds up, and what the C
    library makes of an exponential, differs between their versions."""
    return pytest.approx(expected, rel=1e-12, abs=0)


@pytest.mark.parametrize("name", KNOWN.rewards)
def test_a_reward_predicts_what_it_did(name: str) -> None:
    reward = a_reward(name)
    assert [reward.judge(row).reward for row in KNOWN.candidates] == same(KNOWN.rewards[name])


@pytest.mark.parametrize("name", KNOWN.spreads)
def test_the_scorers_differ_as_they_did(name: str) -> None:
    reward = a_reward(name)
    assert [reward.judge(row).spread for row in KNOWN.candidates] == same(KNOWN.spreads[name])


@pytest.mark.parametrize("name", KNOWN.routers)
def test_a_router_predicts_what_it_did(name: str) -> None:
    router = a_router(name)
    assert router.models.keys() == KNOWN.routers[name].keys()
    for model, expected in KNOWN.routers[name].items():
        weights = router.models[model]
        assert [weights.chance(hole) for hole in KNOWN.holes] == same(expected)
