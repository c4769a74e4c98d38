"""Where the learned router begins, and when it stays silent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from code_checks.hole import Hole
from ensemble.policy.policy import DEFAULT_POLICY, Policy, Tier
from ensemble.policy.router_weights import ModelWeights, RouterWeights
from ensemble.request import CompletionRequest, Trigger
from ensemble.routing.choice import choose, is_explored
from ensemble.routing.route import route

SMALL, LARGE = ModelWeights(2.0, {"hard": -3.0}, 1.0, 100), ModelWeights(2.2, {}, 4.0, 100)
LEARNED = RouterWeights({"small": SMALL, "large": LARGE}, price=0.1, silence=0.2)
"""Where nothing is hard the small one is right with .88 and the large one with .90, else .27."""

BOTH = ("small", "large")


@dataclass(frozen=True, slots=True)
class Case:
    """`order` is that of the indices, "" for silence, "fixed" where there is nothing to decide
    by."""

    order: str
    features: dict[str, float] = field(default_factory=dict)
    learned: RouterWeights = LEARNED
    models: tuple[str, ...] = BOTH
    seconds: dict[str, float] = field(default_factory=dict)
    may_be_silent: bool = True
    reason: str = ""


HOPELESS = RouterWeights({"small": ModelWeights(-3, {}), "large": ModelWeights(-2, {})}, 0.1, 0.3)
EXTREME = RouterWeights({"small": ModelWeights(-1e300, {}), "large": ModelWeights(1e300, {})})
CASES = {
    "the small one is nearly as good": Case(
        "01", reason="begin with small (small 0.88, large 0.90)",
    ),
    "the small one is hopeless here": Case("10", {"hard": 1.0}, reason="begin with large"),
    "a little harder": Case("01", {"hard": 0.1}),
    "cost is no matter": Case("10", learned=RouterWeights(LEARNED.models, price=0.0)),
    "cost is all": Case("01", {"hard": 1.0}, learned=RouterWeights(LEARNED.models, price=1.0)),
    "no time for the large one": Case(
        "01", {"hard": 1.0}, seconds={"large": 2.0}, reason="too slow now: large",
    ),
    "time for neither": Case("01", {"hard": 1.0}, seconds={"large": 2.0, "small": 2.0}),
    "neither has a chance": Case("", learned=HOPELESS, reason="below 0.30"),
    "neither has a chance, but somebody asked": Case("10", learned=HOPELESS, may_be_silent=False),
    "one model alone": Case("fixed", models=("small",)),
    "one model alone may be silent": Case("", learned=HOPELESS, models=("small",)),
    "the first is unknown": Case("fixed", models=("other", "small", "large")),
    "a later one is unknown": Case("201", {"hard": 1.0}, models=("small", "other", "large")),
    "one in two tiers, first": Case("012", {"hard": 1.0}, models=("large", "large", "small")),
    "one in two tiers, last": Case("201", models=("large", "large", "small")),
    "no model": Case("fixed", models=()),
    "another version": Case("fixed", learned=RouterWeights(LEARNED.models, version=99)),
    "nothing was learned": Case("fixed", learned=RouterWeights({})),
    "extreme weights": Case("10", {"hard": 1.0}, learned=EXTREME),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case(case: Case) -> None:
    def decide() -> Any:
        return choose(
            case.learned, case.features, case.models,
            seconds=case.seconds, budget=0.25, may_be_silent=case.may_be_silent,
        )  # fmt: skip

    choice = decide()
    assert ("fixed" if choice is None else "".join(map(str, choice.order))) == case.order
    assert choice is None or case.reason in choice.reason
    assert decide() == choice


HOLE = Hole("python", "x = ", "\n")
TIERS = (Tier("small", 3), Tier("large", 2))
_PATIENT = 60.0


def _policy(learned: RouterWeights) -> Policy:
    return Policy(TIERS, router=learned)


def test_a_route_begins_where_the_router_says() -> None:
    hard = {"small": ModelWeights(2.0, {"place:value": -4.0}, 1.0), "large": LARGE}
    way = route(CompletionRequest(HOLE, _PATIENT), _policy(RouterWeights(hard)))
    assert [tier.model for tier in way.tiers] == ["large", "small"]
    assert "learned: begin with large" in way.reason


def test_without_a_router_all_is_as_ever() -> None:
    request = CompletionRequest(HOLE, _PATIENT)
    fixed = route(request, Policy(TIERS))
    assert route(request, _policy(RouterWeights({}))) == fixed
    assert fixed.tiers == TIERS


def test_silence_is_for_automatic_requests_only() -> None:
    hole = next(h for n in range(99) if not is_explored(h := Hole("python", f"x{n} = ", "\n")))
    assert route(CompletionRequest(hole, _PATIENT), _policy(HOPELESS)).tiers == ()
    asked = CompletionRequest(hole, _PATIENT, trigger=Trigger.INVOKED)
    assert route(asked, _policy(HOPELESS)).tiers != ()


def test_some_silent_places_are_answered_all_the_same() -> None:
    holes = [Hole("python", f"x{number} = ", "\n") for number in range(800)]
    explored = [hole for hole in holes if is_explored(hole)]
    assert 20 <= len(explored) <= 90
    assert all(
        route(CompletionRequest(hole, _PATIENT), _policy(HOPELESS)).tiers for hole in explored
    )


def test_what_a_request_names_is_asked() -> None:
    request = CompletionRequest(HOLE, _PATIENT, tiers=("small",))
    assert [t.model for t in route(request, _policy(HOPELESS)).tiers] == ["small"]


def test_a_slow_model_is_not_begun_with() -> None:
    models = {"small": ModelWeights(-2.0, {}, 1.0), "large": LARGE}
    request = CompletionRequest(HOLE, deadline=0.25)
    policy = _policy(RouterWeights(models))
    assert [t.model for t in route(request, policy).tiers] == ["large", "small"]
    slow = route(request, policy, {"large": 1.0})
    assert [t.model for t in slow.tiers] == ["small", "large"]


def test_the_default_policy_has_learned_nothing() -> None:
    assert DEFAULT_POLICY.router is None
