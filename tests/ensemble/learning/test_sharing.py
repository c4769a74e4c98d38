"""Weights on disk and between people: averaged by evidence, without text, refused with a reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ensemble.learning.averaging import averaged_reward, averaged_router
from ensemble.learning.router_files import (
    WeightsRefused,
    learned_router,
    local_file,
    read_weights,
    write_weights,
)
from ensemble.learning.sharing import SharingError, read_shared, shared, take, write_shared
from ensemble.linear.linear_scorer import Column, LinearScorer
from ensemble.policy.router_weights import ModelWeights, RouterWeights
from ensemble.reward.reward_model import Calibration, Combination, Reward
from ensemble.user_data import data_folder

ONE = RouterWeights({"small": ModelWeights(1.0, {"a": 2.0}, 1.0, 100)}, fitted_on="/home/me/x.py")
OTHER = RouterWeights({"small": ModelWeights(4.0, {"b": 3.0}, 1.5, 300)}, price=0.3)
REWARD = Reward(
    "secret.jsonl", 100, 50, 10, Combination.MEAN, 1.0, 3.0, Calibration(1.0, 0.0), 0.4,
    (Column("share", 0.5, 0.2), Column("names", 0.0, 1.0)), (LinearScorer(0.1, (1.0, 2.0)),),
)  # fmt: skip


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return data_folder()


def test_the_mean_of_weights_by_evidence() -> None:
    found = averaged_router([ONE, OTHER], "both")
    assert found is not None
    small = found.models["small"]
    assert small.intercept == pytest.approx(1.0 * 0.25 + 4.0 * 0.75)
    assert small.weights == pytest.approx({"a": 0.5, "b": 2.25})
    assert (small.rows, small.cost, found.price) == (400, 1.5, 0.3)


def test_one_alone_is_itself() -> None:
    found = averaged_router([ONE], ONE.fitted_on)
    assert found == ONE


def test_a_model_that_one_has_never_seen_is_taken_over() -> None:
    large = RouterWeights({"large": ModelWeights(0.5, {}, 4.0, 70)})
    found = averaged_router([ONE, large], "")
    assert found is not None
    assert (found.models["small"], found.models["large"]) == (
        ONE.models["small"], large.models["large"],
    )  # fmt: skip


def test_models_of_one_name_that_are_not_the_same() -> None:
    mine = RouterWeights({"small": ModelWeights(1.0, {}, 1.0, 10, "aaaa")})
    theirs = RouterWeights({"small": ModelWeights(9.0, {}, 1.0, 990, "bbbb")})
    found = averaged_router([mine, theirs], "")
    assert found is not None
    assert found.models["small"].intercept == 1.0
    write_weights(theirs, local_file())
    assert learned_router({"small": "bbbb"}) is not None
    assert (learned_router({"small": "aaaa"}) or RouterWeights({})).models == {}


def test_other_versions_are_left_out() -> None:
    old = msgspec.structs.replace(OTHER, version=0)
    assert averaged_router([old], "") is None
    assert averaged_router([ONE, old], "x") == msgspec.structs.replace(ONE, fitted_on="x")


def test_what_is_shared_holds_no_text(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    write_shared(shared(ONE, REWARD), file)
    text = file.read_text()
    assert not [secret for secret in ("home", "x.py", "secret", "jsonl") if secret in text]
    assert read_shared(file) == shared(ONE, REWARD)


def test_there_must_be_something_to_share() -> None:
    with pytest.raises(SharingError, match="nothing to share"):
        shared(None, None)


def _from_elsewhere(file: Path, origin: str = "0123456789abcdef", **fields: Any) -> Path:
    document = json.loads(msgspec.json.encode(shared(OTHER, None))) | {"origin": origin} | fields
    file.write_text(json.dumps(document))
    return file


def test_what_others_have_learned_counts_once(tmp_path: Path) -> None:
    write_weights(ONE, local_file())
    for _ in range(2):
        take(read_shared(_from_elsewhere(tmp_path / "theirs.json")))
    found = learned_router({})
    assert found is not None and found.models["small"].rows == 400
    take(read_shared(_from_elsewhere(tmp_path / "third.json", "fedcba9876543210")))
    found = learned_router({})
    assert found is not None and found.models["small"].rows == 700


def test_ones_own_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    write_shared(shared(ONE, None), file)
    with pytest.raises(SharingError, match="your own"):
        take(read_shared(file))


REFUSED: dict[str, tuple[dict[str, Any] | str, str]] = {
    "no JSON": ("hello", "is broken"),
    "something else": ('{"format": "other"}', "no shared weights"),
    "a later file": (
        {"version": 2},
        "the version of its format is 2, newer than this Coterie's 1; ",
    ),
    "an older router": (
        {"router_version": 0},
        "its router is 0, older than .* stats share` of the",
    ),
    "a later reward": ({"reward_version": 9}, "its reward is 9, newer than this Coterie's 1"),
    "a field too many": ({"notes": "text"}, "is broken"),
    "a path for an origin": ({"origin": "../../x"}, "is broken: .*origin"),
    "numbers that are texts": ({"router": {"models": "all"}}, "is broken"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str, tmp_path: Path) -> None:
    content, message = REFUSED[case]
    file = tmp_path / "theirs.json"
    if isinstance(content, str):
        file.write_text(content)
    else:
        _from_elsewhere(file, **content)
    with pytest.raises(SharingError, match=message):
        read_shared(file)


def test_a_reward_whose_parts_do_not_fit_is_refused(tmp_path: Path) -> None:
    broken = msgspec.to_builtins(REWARD) | {"scorers": [{"intercept": 0.0, "weights": [1.0]}]}
    file = _from_elsewhere(tmp_path / "theirs.json", reward=broken)
    with pytest.raises(SharingError, match="has not one weight for each column"):
        read_shared(file)


def test_absurd_claims_of_others_do_not_count(tmp_path: Path) -> None:
    absurd = RouterWeights({"small": ModelWeights(9.0, {}, 1.0, 10**9)})
    write_weights(ONE, local_file())
    built = json.loads(msgspec.json.encode(absurd))
    take(read_shared(_from_elsewhere(tmp_path / "theirs.json", router=built)))
    found = learned_router({})
    assert found is not None and found.models == ONE.models


BROKEN = {
    "cut": b'{"models": {', "not JSON": b"\0\0", "a list": b"[]",
    "a later version": b'{"models": {}, "version": 2}', "empty": b"",
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_local_file_is_no_router(case: str) -> None:
    local_file().parent.mkdir(parents=True)
    local_file().write_bytes(BROKEN[case])
    with pytest.raises(WeightsRefused, match=r"coterie stats fit"):
        read_weights(local_file())
    assert learned_router({}) is None


def test_no_file_is_no_router() -> None:
    assert learned_router({}) is None


def test_written_and_read_again() -> None:
    write_weights(ONE, local_file())
    assert read_weights(local_file()) == ONE


def test_merged_rewards_judge_as_the_mean_of_their_scores() -> None:
    other = msgspec.structs.replace(
        REWARD, rows=300, columns=(Column("share", 0.7, 0.1), Column("lines", 1.0, 2.0)),
        scorers=(LinearScorer(-0.2, (0.5, -1.0)),),
    )  # fmt: skip
    both = averaged_reward([REWARD, other], "both")
    features = {"share": 0.9, "names": 1.0, "lines": 2.0}

    def score(reward: Reward) -> float:
        values = [column.standardized(features) for column in reward.columns]
        return reward.scorers[0].log_odds(values)

    assert score(both) == pytest.approx(0.25 * score(REWARD) + 0.75 * score(other))
    assert (both.rows, len(both.columns)) == (400, 3)
    assert averaged_reward([REWARD], REWARD.fitted_on).judge(features) == REWARD.judge(features)
