"""The table of keys: it is documented, its defaults are values, and settings have them all."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from ensemble.learning.router_files import local_file, write_weights
from ensemble.policy.policy import DEFAULT_POLICY, Tier
from ensemble.policy.router_weights import ModelWeights, RouterWeights
from ensemble.reward.reward_files import load, own_reward_file
from lsp_server.answers.build_engines import policy_of, with_only_tiers
from lsp_server.settings.keys import KEYS, Key, key_named
from lsp_server.settings.layers import Settings, load_file, with_client_options

EMBEDDED_LEAST = load("embedded").keeps


def test_the_documentation_is_written_from_the_table(root: Path) -> None:
    script = runpy.run_path(str(root / "docs" / "write_configuration.py"))
    written = (root / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert written == script["page"](), "run python docs/write_configuration.py"


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_a_default_is_a_value_of_its_kind(key: Key) -> None:
    if key.default is not None and key.name.partition(".")[0] != "deadline":
        assert key.kind.parse(key.default) == key.default
    assert key.doc.endswith(".")
    assert key.default_text


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_a_key_is_found_by_its_own_name_only(key: Key) -> None:
    name = key.name.replace("<id>", "python").replace("<name>", "qwen2.5")
    assert [other.name for other in KEYS if other.holds(name)] == [key.name]
    assert key_named(name) is key
    assert key_named(f"{name}x") is None


def test_defaults_are_those_of_the_policy() -> None:
    assert policy_of(Settings()).tiers == DEFAULT_POLICY.tiers
    assert policy_of(Settings()).weights == DEFAULT_POLICY.weights
    assert Settings().deadline_automatic == 0.25
    assert list(Settings().models) == ["small", "large"]


POLICIES = {
    "default": ({}, [("small", 3), ("large", 2)]),
    "single": ({"policy": "single"}, [("small", 1)]),
    "cascade": ({"policy": "cascade"}, [("small", 1), ("large", 1)]),
    "tiers": ({"tiers": [{"model": "large", "samples": 4}]}, [("large", 4)]),
    "own models": (
        {"models": {"a": {"path": "/a"}, "b": {"url": "http://b"}}},
        [("b", 1), ("b", 2), ("a", 1)],
    ),
    "own models, and a vote": (
        {"models": {"a": {"path": "/a"}, "b": {"url": "http://b"}}, "policy": "cascade+vote"},
        [("a", 3), ("b", 2)],
    ),
    "the embedded small one replaced": (
        {"models": {"small": {"path": "/a"}}}, [("large", 1), ("large", 2), ("small", 1)],
    ),
    "one model": ({"models": {"a": {"path": "/a"}}}, [("a", 1), ("a", 2)]),
}  # fmt: skip


@pytest.mark.parametrize("options, tiers", POLICIES.values(), ids=POLICIES)
def test_settings_make_a_policy(options: dict[str, object], tiers: list[tuple[str, int]]) -> None:
    policy = policy_of(with_client_options(load_file(), options))
    assert [(tier.model, tier.samples) for tier in policy.tiers] == tiers


def test_the_largest_file_is_asked_first(tmp_path: Path) -> None:
    for name, size in (("a", 20), ("b", 10)):
        (tmp_path / name).write_bytes(b"x" * size)
    models = {name: {"path": str(tmp_path / name)} for name in ("a", "b")}
    policy = policy_of(with_client_options(load_file(), {"models": models}))
    assert [tier.model for tier in policy.tiers] == ["a", "a", "b"]


def test_thresholds_reach_the_policy() -> None:
    options = {"suggest.minimum_agreement": 0.75, "suggest.verified_only": True}
    policy = policy_of(with_client_options(load_file(), options))
    assert (policy.minimum_agreement, policy.verified_only) == (0.75, True)


def test_skills_reach_the_policy() -> None:
    models = {"a": {"path": "/a"}, "b": {"url": "http://b", "skills": ["go", "tests"]}}
    policy = policy_of(with_client_options(load_file(), {"models": models}))
    assert policy.skills == {"b": ("go", "tests")}


def test_a_learned_router_reaches_the_policy_unless_it_is_not_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert policy_of(load_file()).router is None
    write_weights(RouterWeights({"small": ModelWeights(1.0, {}, rows=60)}), local_file())
    learned = policy_of(load_file())
    assert learned.router is not None and list(learned.router.models) == ["small"]
    assert policy_of(with_client_options(load_file(), {"router": "fixed"})).router is None
    assert with_only_tiers(learned, ["small"]).router is None


REWARDS = {
    "one that is named": ({"reward": "one-line", "suggest.minimum_reward": 0.6}, "one-line", 0.6),
    "the embedded models' own": ({}, "embedded", EMBEDDED_LEAST),
    "a stricter minimum": ({"suggest.minimum_reward": 0.6}, "embedded", 0.6),
    "a laxer minimum": ({"suggest.minimum_reward": 0.001}, "embedded", EMBEDDED_LEAST),
    "none": ({"reward": "none", "suggest.minimum_reward": 0.6}, "", 0.6),
    "other tiers": ({"tiers": [{"model": "small", "samples": 2}]}, "", 0.0),
    "another policy": ({"policy": "cascade"}, "", 0.0),
    "another model of that name": ({"models.large.path": "/other/large.gguf"}, "", 0.0),
}


@pytest.mark.parametrize("case", REWARDS)
def test_a_reward_judges_what_it_was_fitted_for(case: str) -> None:
    options, reward, minimum = REWARDS[case]
    policy = policy_of(with_client_options(load_file(), options))
    assert (policy.reward, policy.minimum_reward) == (reward, minimum)


def test_a_model_asked_alone_is_not_judged_by_the_pairs_reward() -> None:
    policy = with_only_tiers(policy_of(load_file()), ["large"])
    assert (policy.reward, policy.minimum_reward) == ("", 0.0)


def test_an_unreadable_reward_of_the_pair_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    own_reward_file("embedded").parent.mkdir(parents=True)
    own_reward_file("embedded").write_text("{")
    policy = policy_of(load_file())
    assert (policy.reward, policy.minimum_reward) == ("", 0.0)


def test_tiers_keep_their_thresholds() -> None:
    tiers = [{"model": "small", "samples": 2, "quorum": 1, "confidence": -0.5}]
    policy = policy_of(with_client_options(load_file(), {"tiers": tiers}))
    assert policy.tiers == (Tier("small", 2, 1.0, confidence=-0.5),)
