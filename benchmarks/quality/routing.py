"""The learned router on recorded generations: regret against the oracle, and whole policies.

Every model's recorded answer is trimmed and its test is run. The router is fitted on a third of the
problems, from features of the holes alone, and reported on the rest: first as a bare choice of one
model, then as a policy whose answers are checked and which asks somebody else if they fail.

    python benchmarks/quality/routing.py TASKS RECORDED [--without MODEL]...
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from code_checks.hole import Extent, Hole
from ensemble.evaluation.bootstrap import bootstrap_interval
from ensemble.evaluation.measure import evaluate
from ensemble.evaluation.members import Members, recorded_members
from ensemble.evaluation.plans import Plan, PlanKind, single
from ensemble.evaluation.results import paired_gain
from ensemble.evaluation.router_crossfit import router_rows
from ensemble.evaluation.tasks import Task, read_tasks
from ensemble.learning.router_fitting import RouterObjective, fit_router
from ensemble.learning.router_rows import RouterRow
from ensemble.policy.policy import Policy, Tier
from ensemble.policy.router_weights import RouterWeights
from ensemble.request import Trigger
from ensemble.reward.calibration import area_under_curve
from ensemble.routing.choice import choose
from ensemble.routing.hole_features import hole_features

_SEED = 5
_BUDGETS = (0.35, 0.5, 1.0)
_REPEATS = 400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tasks", type=Path)
    parser.add_argument("recorded", type=Path)
    parser.add_argument("--without", action="append", default=[], help="leave this model out")
    chosen = parser.parse_args()
    tasks = read_tasks(chosen.tasks)
    members = _without(recorded_members([chosen.recorded], tasks), chosen.without)
    costs = {member.name: member.cost for member in members.members.values()}
    costs = dict(sorted(costs.items(), key=lambda item: item[1]))
    plans = [single(member) for member in members.members.values()]
    rates = asyncio.run(evaluate(tasks, plans, members)).rates
    rows = router_rows(tasks, rates, [*costs])
    ours, rest = _split(tasks)
    fitting, reported = [rows[number] for number in ours], [rows[number] for number in rest]
    print(f"{len(ours)} holes to fit on, {len(rest)} to report on")
    routers = {budget: _fitted(fitting, costs, budget) for budget in _BUDGETS}
    _report_chances(routers[_BUDGETS[0]], reported)
    _report_choices(routers, reported, costs)
    _report_policies(routers, [tasks[number] for number in rest], members, fitting, costs)
    _report_time(routers[_BUDGETS[0]], tasks[rest[0]].hole)


def _without(members: Members, names: Sequence[str]) -> Members:
    kept = {name: member for name, member in members.members.items() if name not in names}
    return Members(kept, members.recordings)


def _split(tasks: Sequence[Task]) -> tuple[list[int], list[int]]:
    """Return the indices of a third of the problems' tasks, and of the others."""
    problems = sorted({task.cluster for task in tasks})
    random.Random(_SEED).shuffle(problems)
    third = set(problems[: len(problems) // 3])
    ours = [number for number, task in enumerate(tasks) if task.cluster in third]
    return ours, [number for number, task in enumerate(tasks) if task.cluster not in third]


def _fitted(rows: Sequence[RouterRow], costs: Mapping[str, float], budget: float) -> RouterWeights:
    weights = fit_router(rows, costs, "a third of the problems", RouterObjective(budget=budget))
    assert weights is not None, "too little to learn from"
    return weights


def _report_chances(router: RouterWeights, rows: Sequence[RouterRow]) -> None:
    print("\n| model | right | AUC of its chance |\n|---|---:|---:|")
    for name, weights in router.models.items():
        right = [row.right[name] > 0.5 for row in rows]
        auc = area_under_curve([weights.chance(row.features) for row in rows], right)
        print(f"| {name} | {statistics.fmean(right):.1%} | {auc:.2f} |")


def _report_choices(
    routers: Mapping[float, RouterWeights], rows: Sequence[RouterRow], costs: Mapping[str, float]
) -> None:
    """Report what one answer of the chosen model is worth, unchecked."""
    choices = {
        "oracle": [_cheapest_right(row, costs) for row in rows],
        **{f"always {name}": [name] * len(rows) for name in costs},
        **{f"learned, at most {budget:.0%} of the dearest": [_first(router, row) for row in rows]
           for budget, router in routers.items()},
    }  # fmt: skip
    oracle = np.array([max(row.right.values()) for row in rows])
    print("\n| choice of one model | right | 95 % | regret | cost |\n|---|---:|---:|---:|---:|")
    for name, chosen in choices.items():
        right = np.array([row.right[model] for row, model in zip(rows, chosen, strict=True)])
        low, high = bootstrap_interval([*right], [row.problem for row in rows])
        cost = statistics.fmean(costs[model] for model in chosen)
        regret = (oracle - right).mean() * 100
        print(
            f"| {name} | {right.mean():.1%} | {low:.1%} – {high:.1%} | {regret:.1f} | {cost:.2f} |"
        )


def _cheapest_right(row: RouterRow, costs: Mapping[str, float]) -> str:
    """Return the cheapest model that is right, or the cheapest of all."""
    right = [name for name in costs if row.right[name]]
    return min(right or costs, key=costs.__getitem__)


def _first(router: RouterWeights, row: RouterRow) -> str:
    models = [*router.models]
    choice = choose(
        router, row.features, models, seconds={}, budget=float("inf"), may_be_silent=False
    )
    assert choice is not None
    return models[choice.order[0]]


def _report_policies(
    routers: Mapping[float, RouterWeights],
    tasks: Sequence[Task],
    members: Members,
    fitting: Sequence[RouterRow],
    costs: Mapping[str, float],
) -> None:
    """Report cascades whose answers are checked: in fixed orders, and as the router says."""
    mean = {name: statistics.fmean(row.right[name] for row in fitting) for name in costs}
    best = max(mean, key=mean.__getitem__)
    plans = [
        single(members.members[best]),
        _cascade("cascade, the cheapest first", [*costs]),
        _cascade("cascade, the best on average first", sorted(costs, key=lambda n: -mean[n])),
        *(_cascade(f"learned, at most {budget:.0%} of the dearest", [*costs], router)
          for budget, router in routers.items()),
    ]  # fmt: skip
    evaluation = asyncio.run(evaluate(tasks, plans, members))
    print("\n| policy | right | 95 % | gain over the best single | cost | calls |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, result in evaluation.results.policies.items():
        gain, (low, high) = paired_gain(tasks, evaluation.rates[name], evaluation.rates[best])
        print(
            f"| {name} | {result.pass_at_1:.1%} | {result.ci95[0]:.1%} – {result.ci95[1]:.1%} | "
            f"{gain * 100:+.1f} ({low * 100:+.1f} to {high * 100:+.1f}) | {result.cost:.2f} | "
            f"{sum(result.calls.values())} |"
        )


def _cascade(name: str, models: Sequence[str], router: RouterWeights | None = None) -> Plan:
    policy = Policy(
        tuple(map(Tier, models)), name, minimum_agreement=0.0, last_resort=True, test_samples=0,
        router=router,
    )  # fmt: skip
    return Plan(name, PlanKind.POLICY, policy)


def _report_time(router: RouterWeights, hole: Hole) -> None:
    """Report the processor's time for a decision about a hole that was never seen before."""
    large = Hole(hole.language, "x = 1\n" * 60_000 + hole.prefix, hole.suffix + "y = 2\n" * 60_000)
    print("\n| decision | median | 99th percentile |\n|---|---:|---:|")
    for name, subject in (("in this file", hole), ("in a file of 720,000 characters", large)):
        measured = []
        for repeat in range(_REPEATS):
            fresh = Hole("python", subject.prefix + f"v{repeat} = ", subject.suffix)
            began = time.process_time()
            choose(
                router, hole_features(fresh, Trigger.AUTOMATIC, Extent.LINE), [*router.models],
                seconds={}, budget=0.25, may_be_silent=True,
            )  # fmt: skip
            measured.append((time.process_time() - began) * 1000)
        low, high = np.quantile(measured, [0.5, 0.99])
        print(f"| {name} | {low:.2f} ms | {high:.2f} ms |")


if __name__ == "__main__":
    main()
