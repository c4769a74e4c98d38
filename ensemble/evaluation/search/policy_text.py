"""A fitted policy as a file that people can read, change and hand on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isinf

import msgspec

from ensemble.evaluation.search.best_policy import Goal
from ensemble.evaluation.search.fit import FitFigures, FittedPolicy
from ensemble.policy.policy import Policy, Tier


def _tier_comment(name: str, tier: Tier) -> str:
    """Return what the value of a tier's key means."""
    match name:
        case "quorum":
            return "only votes" if tier.quorum > 1 else "decides from this agreement on"
        case "longest" if tier.longest == 0:
            return "decides only what visible tests passed"
        case "longest":
            return "characters; longer ones decide only if visible tests passed them"
        case "confidence":
            return "the least mean log-probability with which it decides"
        case "abstain":
            return "below this agreement nobody else is asked, and nothing is shown"
        case "cost":
            return "relative compute of one candidate"
    return ""


def _policy_comment(name: str, policy: Policy) -> str:
    """Return what the value of a policy's key means."""
    match name:
        case "minimum_agreement" if policy.minimum_agreement <= 0 < policy.minimum_reward:
            return "the reward says what is shown"
        case "minimum_agreement" if policy.minimum_agreement <= 0:
            return "always answers"
        case "minimum_agreement":
            return "below this, what no tier decided is not shown"
        case "reward":
            return "weighs what no tier decided; beside this file"
        case "minimum_reward":
            return "below this probability to be right, what no visible test passed is not shown"
        case "prefer":
            return "whose text wins a tie, the better model first"
        case "key":
            return "what two candidates must have in common to agree"
        case "vote_chars":
            return "votes for longer texts do not add up"
        case "tested_extents":
            return "where a function's visible tests may be run"
        case "last_resort":
            return "where all tests refuse everything, what passes most of them"
        case "test_samples":
            return "no model writes tests"
    return ""


def policy_text(fit: FittedPolicy, goal: Goal, fitted_on: str) -> str:
    """Return the file for a fitted policy; `fitted_on` names the tasks."""
    head = [f"# {line}".rstrip() for line in _summary(fit, goal)]
    return "\n".join([*head, f"fitted_on = {_value(fitted_on)}", *_fields(fit.policy), ""])


def _summary(fit: FittedPolicy, goal: Goal) -> Iterator[str]:
    yield f"A policy fitted by `coterie evaluate --search` on {fit.problems} problems."
    yield f"On these tasks: {_figures(fit.fitted)}."
    yield f"Fitted in the same way, on problems held back: {_figures(fit.validated)}."
    if not isinf(goal.budget):
        yield f"Budget: a mean cost of {goal.budget:.4g} for a task."
    if goal.risk is not None:
        sure = f", with {goal.certainty:.0%} certainty" if goal.certainty is not None else ""
        kind = "Target, with tasks of a problem taken for independent" if goal.as_target else "Risk"
        yield f"{kind}: at most {goal.risk:.1%} of what is shown is wrong{sure}."
    yield "Models alone, on these tasks:"
    used = {tier.model for tier in fit.policy.tiers}
    for name, model in sorted(fit.accuracies.items(), key=lambda pair: -pair[1].accuracy):
        unused = "" if name in used else ", not asked"
        cost = model.member.cost
        yield f"  {name}: {model.accuracy:.1%} right at a cost of {cost:.4g}{unused}"


def _figures(figures: FitFigures) -> str:
    if not figures.tasks:
        return "nothing reaches the goal"
    return (
        f"{figures.right:.1%} right, {figures.shown:.1%} shown, "
        f"{figures.right_of_shown:.1%} right of these, cost {figures.cost:.4g}"
    )


def _fields(policy: Policy) -> Iterator[str]:
    """Yield what differs from the defaults, and the minimum in any case."""
    defaults = Policy(())
    weights: dict[str, float] = {}
    for name in Policy.__struct_fields__:
        value = getattr(policy, name)
        if name == "weights":
            weights = value
        elif name not in ("tiers", "name") and (
            value != getattr(defaults, name) or name == "minimum_agreement"
        ):
            yield _line(name, value, _policy_comment(name, policy))
    for tier in policy.tiers:
        yield from ("", "[[tiers]]", *_tier(tier))
    if weights:
        yield from ("", "[weights] # what a vote of each model is worth")
        yield from (f"{_value(model)} = {_value(weight)}" for model, weight in weights.items())


def _tier(tier: Tier) -> Iterator[str]:
    defaults = Tier("")
    for name in Tier.__struct_fields__:
        value = getattr(tier, name)
        if value != getattr(defaults, name) or name == "quorum":
            yield _line(name, value, _tier_comment(name, tier))


def _line(name: str, value: object, comment: str) -> str:
    return f"{name} = {_value(value)}" + (f" # {comment}" if comment else "")


def _value(value: object) -> str:
    """Return a value in TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and isinf(value):
        return "inf" if value > 0 else "-inf"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return msgspec.json.encode(str(value)).decode()
    assert isinstance(value, Iterable), f"no policy holds a {type(value).__name__}"
    return "[" + ", ".join(map(_value, value)) + "]"
