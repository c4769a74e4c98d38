"""A fitted policy as a file that people can read, change and hand on."""

from __future__ import annotations

from collections.abc import Iterator
from math import isinf

from ensemble.evaluation.search.best_policy import Goal
from ensemble.evaluation.search.fit import FitFigures, FittedPolicy
from ensemble.policy.files import policy_text
from ensemble.policy.policy import Policy, Tier


def _tier_comment(name: str, tier: Tier) -> str:
    """Return what the value of a tier's key means."""
    match name:
        case "quorum" if tier.decides:
            return "decides from this agreement on"
        case "decides":
            return "only votes"
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
        case "weights":
            return "what a vote of each model is worth"
    return ""


def fitted_policy_text(fit: FittedPolicy, goal: Goal, fitted_on: str) -> str:
    """Return the file for a fitted policy; `fitted_on` names the tasks."""
    return policy_text(fit.policy, fitted_on, _summary(fit, goal), _comment)


def _comment(value: Policy | Tier, name: str) -> str:
    return _tier_comment(name, value) if isinstance(value, Tier) else _policy_comment(name, value)


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
