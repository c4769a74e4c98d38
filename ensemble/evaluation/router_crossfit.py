"""Fitting a router on an evaluation: which model is right where, told from the holes alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ensemble.errors import EvaluationError
from ensemble.evaluation.tasks import Task
from ensemble.learning.router_fitting import LEAST_OF_EACH, LEAST_ROWS, RouterObjective, fit_router
from ensemble.learning.router_rows import RouterRow
from ensemble.policy.files import policy_text
from ensemble.policy.policy import Policy, Tier
from ensemble.policy.router_weights import RouterWeights
from ensemble.request import Trigger
from ensemble.routing.hole_features import hole_features

BUDGET = 0.5
"""Of what always asking the dearest model costs."""


def router_rows(
    tasks: Sequence[Task], rates: Mapping[str, Sequence[float]], models: Sequence[str]
) -> list[RouterRow]:
    """Return for each task its hole's features and how often each model alone was right."""
    return [
        RouterRow(
            hole_features(task.hole, Trigger.INVOKED, task.extent),
            {model: rates[model][number] for model in models},
            task.cluster,
        )
        for number, task in enumerate(tasks)
    ]


def fitted_router(
    tasks: Sequence[Task],
    rates: Mapping[str, Sequence[float]],
    costs: Mapping[str, float],
    fitted_on: str,
    budget: float = BUDGET,
) -> RouterWeights:
    """Return a router for the models of `costs`, whose choices cost no more than `budget`, as a
    part of the dearest. Raises EvaluationError where there is too little to learn from."""
    objective = RouterObjective(budget=budget)
    weights = fit_router(router_rows(tasks, rates, [*costs]), costs, fitted_on, objective)
    if weights is None or len(weights.models) < 2:
        raise EvaluationError(
            f"a router needs two models with {LEAST_ROWS} tasks each, {LEAST_OF_EACH} of them "
            f"right and {LEAST_OF_EACH} wrong"
        )
    return weights


def router_policy_text(weights: RouterWeights, fitted_on: str) -> str:
    """Return a policy's file: a cascade of the models that the router knows, which begins where it
    says."""
    models = sorted(weights.models, key=lambda name: weights.models[name].cost)
    policy = Policy(
        tuple(Tier(name) for name in models), minimum_agreement=0.0, last_resort=True,
        test_samples=0, router=weights,
    )  # fmt: skip
    head = (
        "A cascade that begins where a router expects the best answer for its cost; fitted by",
        "`coterie evaluate --fit-router`. `price` is what a saved share of the dearest model's",
        "cost is worth, in probability.",
    )
    return policy_text(policy, fitted_on, head)
