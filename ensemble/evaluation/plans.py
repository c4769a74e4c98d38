"""What is measured: every model alone, the default policies, policies from files, and the bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from ensemble.errors import EvaluationError, PolicyRefused, RewardRefused, UnknownName
from ensemble.evaluation.members import Member
from ensemble.policy.best_first import best_first
from ensemble.policy.files import read_policy
from ensemble.policy.policy import DEFAULT_POLICY, Policy, Selection, Tier
from ensemble.reward.reward_files import with_reward

_FIRST_SAMPLES, _OTHER_SAMPLES = 3, 2
_LATER_WEIGHT = 2.0
"""As in the default policy: a later tier is asked because the one before it could not decide."""

_TWO_AGREE = 0.85
"""Reached by two that agree and by two against one that failed its checks (.89), not by one beside
one that failed (.80), nor by two against one (.67)."""


class PlanKind(StrEnum):
    """What a figure stands for."""

    SINGLE = "single"
    POLICY = "policy"
    BOUND = "bound"


@dataclass(frozen=True, slots=True)
class Plan:
    """A policy to measure."""

    name: str
    """The name in the table and in the JSON document."""
    kind: PlanKind
    """What the figures stand for; of a `BOUND` every candidate counts, not only the one that would
    be shown."""
    policy: Policy
    """The policy that every task is answered with."""
    fitted_on: str | None = None
    """What the policy was fitted on, in words; None if it was not fitted."""
    crossfit: bool = False
    """Whether candidates are put in order by a reward that is fitted on the other problems of the
    same tasks."""


def default_plans(members: Sequence[Member]) -> list[Plan]:
    """Return the plans that are measured when none is named."""
    names = [name for name in DEFAULTS if name != "any"]
    if sum(min(member.samples, _FIRST_SAMPLES) for member in members) < 2:
        names = []  # One candidate cannot disagree with itself.
    elif len(members) < 2:
        names = ["vote", "reward"]
    singles = [single(member) for member in members]
    measured = [DEFAULTS[name](members) for name in names]
    return [*singles, *measured, DEFAULTS["any"](members)]


def named_plan(name: str, members: Sequence[Member]) -> Plan:
    """Return the plan with a model's name, a default policy's name, or of a TOML file.

    Raises UnknownName, or EvaluationError for a file that holds no policy for these models.
    """
    known = {member.name: member for member in members}
    if name in known:
        return single(known[name])
    if name in DEFAULTS:
        return DEFAULTS[name](members)
    path = Path(name)
    if path.suffix != ".toml" and not path.is_file():
        raise UnknownName(
            f"there is no policy or model {name!r}; known: "
            f"{', '.join((*known, *DEFAULTS))}, or a TOML file"
        )
    plan = read_plan(path)
    unknown = [name for name in plan.policy.models if name not in known]
    if unknown:
        raise UnknownName(
            f"{path.name}: there is no model {unknown[0]!r}; known: {', '.join(known)}"
        )
    return plan


def read_plan(path: Path) -> Plan:
    """Read a policy file, with its reward if it names one. Raises EvaluationError."""
    try:
        policy, fitted_on = read_policy(path)
        policy, reward = with_reward(policy, path.parent)
    except PolicyRefused as refusal:
        raise EvaluationError(str(refusal)) from refusal
    except RewardRefused as refusal:
        raise EvaluationError(f"{path.name}: {refusal}") from refusal
    if reward is not None:
        fitted_on = fitted_on or reward.fitted_on
    return Plan(policy.name, PlanKind.POLICY, policy, fitted_on)


def single(member: Member) -> Plan:
    """Return one model alone: one candidate, trimmed, unchecked, always shown."""
    policy = _always("single", (member,), (Tier(member.name),), gates=(), selection=Selection.TEXT)
    return Plan(member.name, PlanKind.SINGLE, policy)


def _vote(members: Sequence[Member]) -> Plan:
    tiers, weights = _tiers(members)
    policy = _always(
        "vote", members, _only_voting(tiers), weights=weights, selection=Selection.TEXT
    )
    return Plan("vote", PlanKind.POLICY, policy)


def _cascade(members: Sequence[Member]) -> Plan:
    tiers = tuple(Tier(member.name) for member in _by_cost(members))
    return Plan("cascade", PlanKind.POLICY, _always("cascade", members, tiers))


def _cascade_vote(members: Sequence[Member]) -> Plan:
    tiers, weights = _tiers(members)
    first, others = tiers[:1], tiers[1:]
    if first[0].samples > 1:
        first = _with_quorum(first, DEFAULT_POLICY.tiers[0].quorum)
        others = _with_quorum(others, DEFAULT_POLICY.tiers[-1].quorum)
    else:
        first, others = _only_voting(first), _with_quorum(others, _TWO_AGREE)
    tiers = (*first, *others)
    return Plan(
        "cascade+vote", PlanKind.POLICY, _always("cascade+vote", members, tiers, weights=weights)
    )


def _best_first(members: Sequence[Member]) -> Plan:
    policy = best_first([member.name for member in _by_cost(members)])
    always = msgspec.structs.replace(policy, minimum_agreement=0.0, test_samples=0)
    return Plan(policy.name, PlanKind.POLICY, always)


def _reward(members: Sequence[Member]) -> Plan:
    """Return the vote, whose candidates a reward puts in another order; live models also say how
    likely they find what others wrote."""
    can_judge = any(member.live for member in members)
    policy = msgspec.structs.replace(_vote(members).policy, name="reward", opinions=can_judge)
    return Plan("reward", PlanKind.POLICY, policy, "the other problems of the same tasks", True)


def _any(members: Sequence[Member]) -> Plan:
    """Return the bound: one of all that `vote` would hear is right, whatever the checks say."""
    tiers = _only_voting(_tiers(members)[0])
    policy = _always("any", members, tiers, gates=(), selection=Selection.TEXT)
    return Plan("any", PlanKind.BOUND, policy)


DEFAULTS: dict[str, Callable[[Sequence[Member]], Plan]] = {
    "best-first": _best_first,
    "vote": _vote,
    "cascade": _cascade,
    "cascade+vote": _cascade_vote,
    "reward": _reward,
    "any": _any,
}
"""The policies that have names of their own."""


def _always(
    name: str,
    members: Sequence[Member],
    tiers: tuple[Tier, ...],
    *,
    gates: tuple[str, ...] = DEFAULT_POLICY.gates,
    weights: dict[str, float] | None = None,
    selection: Selection = DEFAULT_POLICY.selection,
) -> Policy:
    """Return a policy that answers if it can, even with what failed some of the visible tests.

    Recorded models cannot be asked to write tests, so only recorded tests vote among theirs.
    """
    can_write = selection is not Selection.TEXT and all(member.live for member in members)
    return Policy(
        tiers, name, gates, minimum_agreement=0.0, weights=weights or {}, selection=selection,
        test_samples=DEFAULT_POLICY.test_samples if can_write else 0, last_resort=True,
    )  # fmt: skip


def _tiers(members: Sequence[Member]) -> tuple[tuple[Tier, ...], dict[str, float]]:
    """Return who is asked for how much, the cheapest model first, and what later votes are worth.

    Where every model can be asked again: as the product's default policy does, three of the
    first and two of the others, which count twice. Otherwise one of each, all worth the same. A
    model that is alone gives all its recorded samples.
    """
    ordered = _by_cost(members)
    if len(ordered) == 1:
        return (Tier(ordered[0].name, ordered[0].samples),), {}
    if any(m.samples < (_OTHER_SAMPLES if n else _FIRST_SAMPLES) for n, m in enumerate(ordered)):
        return tuple(Tier(member.name) for member in ordered), {}
    first, *others = (member.name for member in ordered)
    tiers = (Tier(first, _FIRST_SAMPLES), *(Tier(name, _OTHER_SAMPLES) for name in others))
    return tiers, dict.fromkeys(others, _LATER_WEIGHT)


def _by_cost(members: Sequence[Member]) -> list[Member]:
    return sorted(members, key=lambda member: member.cost)


def _with_quorum(tiers: tuple[Tier, ...], quorum: float) -> tuple[Tier, ...]:
    return tuple(msgspec.structs.replace(tier, quorum=quorum) for tier in tiers)


def _only_voting(tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
    return tuple(msgspec.structs.replace(tier, decides=False) for tier in tiers)
