"""Plans: which ones there are, what they ask of whom, and what a policy file may say."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from ensemble.errors import EvaluationError, UnknownName
from ensemble.evaluation.members import Member, live_member
from ensemble.evaluation.plans import Plan, PlanKind, default_plans, named_plan
from ensemble.policy.policy import DEFAULT_POLICY


def recorded(name: str, cost: float, samples: int = 1) -> Member:
    return Member(name, cost, samples, live=False)


THREE = (recorded("big", 3), recorded("tiny", 0.5), recorded("mid", 1.5))
LIVE = (live_member("small", 10_000_000), live_member("large", 90_000_000))


def asked(plan: Plan) -> list[tuple[str, int]]:
    return [(tier.model, tier.samples) for tier in plan.policy.tiers]


DEFAULTS = {
    "several recorded models": (
        THREE,
        ["big", "tiny", "mid", "best-first", "vote", "cascade", "cascade+vote", "reward", "any"],
    ),
    "the embedded ones": (
        LIVE, ["small", "large", "best-first", "vote", "cascade", "cascade+vote", "reward", "any"],
    ),
    "one model, one sample": ((recorded("only", 1),), ["only", "any"]),
    "one model, many samples": ((recorded("only", 1, 100),), ["only", "vote", "reward", "any"]),
}  # fmt: skip


@pytest.mark.parametrize(("members", "names"), DEFAULTS.values(), ids=DEFAULTS)
def test_the_default_plans(members: tuple[Member, ...], names: list[str]) -> None:
    plans = default_plans(members)
    assert [plan.name for plan in plans] == names
    kinds = {plan.name: plan.kind for plan in plans}
    assert kinds.pop("any") is PlanKind.BOUND
    for name, kind in kinds.items():
        is_model = name in [member.name for member in members]
        assert kind is (PlanKind.SINGLE if is_model else PlanKind.POLICY)


ASKED = {
    "a vote hears one sample of each, the cheapest first": (
        "vote", THREE, [("tiny", 1), ("mid", 1), ("big", 1)],
    ),
    "a cascade climbs by cost": ("cascade", THREE, [("tiny", 1), ("mid", 1), ("big", 1)]),
    "the embedded models are asked as the product does": (
        "cascade+vote", LIVE, [(tier.model, tier.samples) for tier in DEFAULT_POLICY.tiers],
    ),
    "the bound hears what the vote hears": ("any", LIVE, [("small", 3), ("large", 2)]),
    "a single is asked once": ("mid", THREE, [("mid", 1)]),
    "a model alone gives all that was recorded": (
        "vote", (recorded("only", 1, 100),), [("only", 100)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "members", "expected"), ASKED.values(), ids=ASKED)
def test_who_is_asked(
    name: str, members: tuple[Member, ...], expected: list[tuple[str, int]]
) -> None:
    plan = named_plan(name, members)
    assert asked(plan) == expected
    assert plan.policy.minimum_agreement == 0, "default plans always answer"
    assert plan.policy.last_resort
    writes_tests = name == "cascade+vote" and all(member.live for member in members)
    assert bool(plan.policy.test_samples) is writes_tests, "a recording writes no tests on demand"


def test_the_embedded_models_vote_with_the_products_weights_and_quorums() -> None:
    policy = named_plan("cascade+vote", LIVE).policy
    assert policy.weights == DEFAULT_POLICY.weights
    assert [t.quorum for t in policy.tiers] == [t.quorum for t in DEFAULT_POLICY.tiers]


def policy_file(folder: Path, text: str, name: str = "mine.toml") -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


GOOD = """
fitted_on = "single-line, problems 0-54"
gates = ["syntax"]
minimum_agreement = 0.6

[[tiers]]
model = "tiny"
decides = false

[[tiers]]
model = "mid"
samples = 2
confidence = -inf

[weights]
mid = 1.5
"""


def test_a_policy_file_says_everything(tmp_path: Path) -> None:
    plan = named_plan(policy_file(tmp_path, GOOD), THREE)
    assert (plan.name, plan.kind) == ("mine", PlanKind.POLICY)
    assert plan.fitted_on == "single-line, problems 0-54"
    assert plan.policy.gates == ("syntax",)
    assert plan.policy.minimum_agreement == 0.6
    assert asked(plan) == [("tiny", 1), ("mid", 2)]
    assert plan.policy.tiers[1].confidence == -math.inf
    assert plan.policy.weight("mid") == 1.5


def test_a_policy_file_may_name_its_policy(tmp_path: Path) -> None:
    named = 'name = "careful"\n' + GOOD
    assert named_plan(policy_file(tmp_path, named), THREE).name == "careful"


BAD_FILES = {
    "no TOML": ("tiers = [", "mine.toml is no policy: "),
    "an unknown field": ("tierz = []\ntiers = []", "mine.toml is no policy: .*tierz"),
    "an unknown field of a tier": ('[[tiers]]\nmodel = "mid"\nsample = 2', "sample"),
    "a text for a number": ('[[tiers]]\nmodel = "mid"\nsamples = "2"', "samples"),
    "no tiers": ("gates = []", "tiers"),
    "empty tiers": ("tiers = []", "`tiers` is empty"),
    "a number for a name": ('fitted_on = 3\n[[tiers]]\nmodel = "mid"', "no policy"),
}


@pytest.mark.parametrize(("text", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_policy_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        named_plan(policy_file(tmp_path, text), THREE)


UNKNOWN = {
    "neither policy nor model": (
        "votes",
        "no policy or model 'votes'; known: big, tiny, mid, best-first, vote",
    ),
    "an absent file": ("absent.toml", r"absent\.toml cannot be read: No such file"),
}


@pytest.mark.parametrize(("name", "message"), UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_name_is_refused(name: str, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        named_plan(name, THREE)


def test_a_policy_for_other_models_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"mine\.toml: there is no model 'tiny'; known: small"):
        named_plan(policy_file(tmp_path, GOOD), LIVE)
