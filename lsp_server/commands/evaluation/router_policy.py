"""`coterie evaluate --fit-router FILE.toml`: a policy whose router is fitted on the evaluation."""

from __future__ import annotations

from pathlib import Path

from ensemble.errors import EvaluationError
from ensemble.evaluation.measure import Evaluation
from ensemble.evaluation.plans import PlanKind
from lsp_server.commands.command_errors import CommandError
from lsp_server.commands.console import warn


def write_router_policy(evaluation: Evaluation, subject: str, file: Path) -> None:
    """Fit a router on how right each model alone was, and write the policy. Raises CommandError."""
    # Fitting needs numpy, and few evaluations fit anything.
    from ensemble.evaluation.router_crossfit import fitted_router, router_policy_text  # noqa: PLC0415

    policies = evaluation.results.policies
    costs = {name: r.cost for name, r in policies.items() if r.kind == PlanKind.SINGLE.value}
    try:
        weights = fitted_router(evaluation.tasks, evaluation.rates, costs, subject)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(router_policy_text(weights, subject), encoding="utf-8")
    except EvaluationError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror or error}") from error
    learned = any(model.weights for model in weights.models.values())
    warn(
        f"{file} begins where its router, fitted on {len(evaluation.tasks)} tasks, says; measure "
        "it on others"
        if learned
        else f"{file}: no feature tells on these tasks where another model is better, so the "
        "router always begins with the same one"
    )
