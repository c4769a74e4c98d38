"""Files: read as they were written, found by name, refused with one message."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ensemble.errors import RewardRefused
from ensemble.policy.policy import DEFAULT_POLICY
from ensemble.reward.candidate_features import BY_MODEL, FEATURES, INDICATORS, family_of
from ensemble.reward.reward_files import built_in_names, load, own_reward_file, path_of, save
from ensemble.reward.reward_model import Reward
from tests.ensemble.reward.material import reward

SAVED = reward(("share", 2.0), ("backed:small", 1.0), scorers=((0.0, 1.0), (0.5, 2.0)))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    save(SAVED, tmp_path / "mine.json")
    return tmp_path / "mine.json"


def test_what_is_read_is_what_was_written(file: Path) -> None:
    assert load(str(file)) == SAVED
    assert file.read_text().count("\n") > 20, "it is made for reading"


def test_a_file_that_changed_is_read_again(file: Path) -> None:
    assert load(str(file)) == SAVED
    other = reward(("share", 3.0))
    save(other, file)
    assert load(str(file)) == other


Change = Callable[[dict[str, Any]], None]


def _set(*path: str | int, to: Any) -> Change:
    def change(document: dict[str, Any]) -> None:
        at: Any = document
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = to

    return change


BROKEN: dict[str, tuple[Change, str]] = {
    "another format": (_set("format", to="a policy"), "mine.json holds no reward; fit it anew"),
    "a later version": (_set("version", to=2), "of its format is 2, newer than .*1; fit"),
    "other features": (_set("features_version", to=0), "of its features is 0, older than"),
    "a field too many": (_set("reward", "color", to=1), "is broken: .*`color`"),
    "a text for a number": (_set("reward", "k", to="1"), "is broken: .*`str`"),
    "no scorers": (_set("reward", "scorers", to=[]), "is broken: it has no scorers"),
    "a weight too few": (
        _set("reward", "scorers", 1, "weights", to=[1.0]), "has not one weight for each column",
    ),
    "no scale": (_set("reward", "columns", 0, "scale", to=0.0), "share has no scale above 0"),
    "an unknown combination": (_set("reward", "combination", to="median"), "is broken: .*median"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_refused(file: Path, change: Change, message: str) -> None:
    document = json.loads(file.read_text())
    change(document)
    file.write_text(json.dumps(document))
    with pytest.raises(RewardRefused, match=message) as refused:
        load(str(file))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": "coterie reward"', "\0"])
def test_what_is_no_reward_at_all_is_refused(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(RewardRefused, match=r"mine\.json (is broken|holds no reward)"):
        load(str(file))


def test_a_number_that_is_too_large_is_refused(file: Path) -> None:
    file.write_text(file.read_text().replace('"slope": 1.0', '"slope": 1e999'))
    with pytest.raises(RewardRefused, match="is broken"):
        load(str(file))


def test_an_absent_one_is_refused_with_those_that_exist() -> None:
    with pytest.raises(RewardRefused, match=r"nowhere cannot be read: .*; built in: embedded, one"):
        load("nowhere")


def test_models_that_it_does_not_know_are_refused(file: Path) -> None:
    assert load(str(file), ["small"]) == SAVED
    with pytest.raises(RewardRefused, match="was fitted for small and does not know 'large'"):
        load(str(file), ["small", "large"])


def test_ones_own_come_before_the_built_in_ones() -> None:
    (name, *_) = built_in_names()
    assert load(name) != SAVED
    own = own_reward_file(name)
    try:
        save(SAVED, own)
        assert path_of(name) == own
        assert load(name) == SAVED
    finally:
        own.unlink(missing_ok=True)


def test_what_comes_with_coterie() -> None:
    assert built_in_names() == ["embedded", "one-line"]


def test_the_one_for_lines_can_judge_any_models() -> None:
    found = load("one-line", ["any", "models"])
    assert found.models == ()
    assert "third" in found.fitted_on
    assert_sensible(found)


def test_the_embedded_models_own_judges_them_alone() -> None:
    found = load("embedded", DEFAULT_POLICY.models)
    assert sorted(found.models) == sorted(DEFAULT_POLICY.models)
    assert 0 < found.keeps < 0.1
    assert_sensible(found)
    with pytest.raises(RewardRefused, match="does not know 'any'"):
        load("embedded", ["any"])


def assert_sensible(found: Reward) -> None:
    """It looks at known features, and at more votes, checks and likelihood with more favor."""
    known = {*FEATURES, *INDICATORS}
    named = [column.name for column in found.columns if not column.name.startswith(BY_MODEL)]
    assert {family_of(name) for name in named} <= known
    good = {"share": 1.0, "votes": 1.6, "models": 1.0, "names": 1.0, "lowest_logprob": 0.0}
    bad = {"share": 0.2, "votes": 0.7, "models": 0.2, "names": 0.0, "lowest_logprob": -5.0}
    sure, unsure = (found.judge({"syntax": 1.0} | features) for features in (good, bad))
    assert 0 < unsure.reward < sure.reward < 1
