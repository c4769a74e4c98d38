"""Fits policies on a third of the problems and reports them on the others, ten times or more.

    python benchmarks/quality/search.py TASKS --recorded FILE [--without MODEL]
        [--splits 100] [--only "fitted, frugal"]

Three goals: most often right; the same within 55 % of what the best single model computes (if a
model costs so little); silence where needed so that at most 6 % of what is shown is wrong, as
`--risk` and as `--target` have it, or 7 or 8 % (`--target`). Each with all models and, if one is
named, without it. The splits were decided before anything was measured on them: seeds 100 to 109;
more of them go on from there and tell chance in the drawing of splits from what a method is worth.
Everything is chosen on the fitting third; the others are only measured.

A figure is the mean over the splits. Its 95 % interval is bootstrapped over the problems, each with
its mean over the splits in which it was reported. Gains are paired: over the model that is best on
all tasks, and over the one that was best on each fitting third. Prints a Markdown table and, as the
last line, one JSON document.

The models are asked and judged once, through the product; policies are then replayed on what was
heard, which gives what the product gives (a test compares them).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean

from ensemble.evaluation.bootstrap import bootstrap_interval
from ensemble.evaluation.members import Member, recorded_members
from ensemble.evaluation.search.ballots import TaskBallots, ask_all
from ensemble.evaluation.search.best_policy import Goal, NothingFits
from ensemble.evaluation.search.policy_fitting import fitted_policy
from ensemble.evaluation.search.policy_replay import Replayer
from ensemble.evaluation.search.replayed import Replayed
from ensemble.evaluation.tasks import read_tasks
from lsp_server.commands.evaluation.search import best_single

_FIRST_SEED = 100
_SHARE_OF_COMPUTE = 0.55
_RISK = 0.06
_TARGETS = (_RISK, 0.07, 0.08)
_HEADINGS = (
    "policy", "right (95 %)", "over the best single", "over the best of the fitting third",
    "shown", "right of these", "of its cost",
)  # fmt: skip

Figure = tuple[float, float, float]
"""A mean and its interval."""


def goals(members: Sequence[Member], cost: float, seed: int) -> dict[str, Goal]:
    """Return what is to be reached, by name; the best single model costs so much."""
    budget = _SHARE_OF_COMPUTE * cost
    wanted = {
        "fitted": Goal(seed=seed),
        "fitted, risk 6 %": Goal(risk=_RISK, seed=seed),
        **{
            f"fitted, target {100 * risk:.0f} %": Goal(risk=risk, as_target=True, seed=seed)
            for risk in _TARGETS
        },
    }
    if budget >= min(member.cost for member in members):
        wanted["fitted, frugal"] = Goal(budget=budget, seed=seed)
    return wanted


def single(hearings: Sequence[TaskBallots], model: str) -> list[Replayed]:
    """Return what a model alone says: one candidate, unchecked, always shown."""
    return [
        Replayed(text, 1.0, True, True, heard.right[text], heard.cost[model], 1)
        for heard in hearings
        for text in [heard.ballots[model][0].text]
    ]


@dataclass(frozen=True, slots=True)
class Case:
    """One task reported in one split: what the policy made of it, and whether the best single model
    and the best one of the fitting third are right."""

    split: int
    heard: TaskBallots
    outcome: Replayed
    best: Replayed
    fitted_best: Replayed

    @property
    def right(self) -> float:
        return float(self.outcome.shown and self.outcome.right)


@dataclass(frozen=True, slots=True)
class Split:
    """What was heard of a third of the problems to fit on, and of the others to report on."""

    seed: int
    fitting: list[TaskBallots]
    reported: list[TaskBallots]

    @classmethod
    def drawn(cls, hearings: Sequence[TaskBallots], seed: int) -> Split:
        problems = sorted({heard.task.cluster for heard in hearings})
        random.Random(seed).shuffle(problems)
        first = set(problems[: round(len(problems) / 3)])
        fitting = [heard for heard in hearings if heard.task.cluster in first]
        return cls(seed, fitting, [h for h in hearings if h.task.cluster not in first])

    def cases(self, outcomes: Sequence[Replayed], best: str) -> list[Case]:
        """Return the reported cases of what a policy makes of them."""
        references = [single(self.reported, m) for m in (best, best_single(self.fitting)[0])]
        rows = zip(self.reported, outcomes, *references, strict=True)
        return [Case(self.seed, *row) for row in rows]


@dataclass(frozen=True, slots=True)
class Row:
    """A policy's figures: means with intervals, its cost as a part of the best single model's, and
    in how many splits it was found how."""

    right: Figure
    gain: Figure
    gain_fitted: Figure
    shown: Figure
    right_of_shown: Figure
    of_cost: float
    fits: dict[str, int]


@dataclass
class Report:
    """The cases of every policy, and what became of its fits."""

    cases: dict[str, list[Case]] = field(default_factory=lambda: defaultdict(list))
    fits: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, name: str, cases: list[Case], how: str) -> None:
        self.cases[name] += cases
        self.fits[name][how] += 1

    def row(self, name: str) -> Row:
        """Return a policy's figures."""
        cases = self.cases[name]
        spent = fmean(case.outcome.cost for case in cases)
        return Row(
            right=mean_over_splits(cases, lambda case: case.right),
            gain=mean_over_splits(cases, lambda case: case.right - case.best.right),
            gain_fitted=mean_over_splits(cases, lambda c: c.right - c.fitted_best.right),
            shown=mean_over_splits(cases, lambda case: float(case.outcome.shown)),
            right_of_shown=right_of_shown(cases),
            of_cost=spent / fmean(case.best.cost for case in cases),
            fits=dict(self.fits[name]),
        )


def mean_over_splits(cases: Sequence[Case], value: Callable[[Case], float]) -> Figure:
    """Return the mean over the splits, and the interval over the problems."""
    of_split: defaultdict[int, list[float]] = defaultdict(list)
    of_task: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for case in cases:
        of_split[case.split].append(value(case))
        of_task[case.heard.task.cluster, case.heard.task.task_id].append(value(case))
    problems = [problem for problem, _ in of_task]
    interval = bootstrap_interval([fmean(values) for values in of_task.values()], problems)
    return (fmean(map(fmean, of_split.values())), *interval)


def right_of_shown(cases: Sequence[Case]) -> Figure:
    """Return which part of all that is shown in any split is right."""
    shown = [case for case in cases if case.outcome.shown]
    if not shown:
        return (1.0, 1.0, 1.0)
    right = [case.right for case in shown]
    return (fmean(right), *bootstrap_interval(right, [case.heard.task.cluster for case in shown]))


def measured(
    heard: Sequence[TaskBallots], members: list[Member], without: str, splits: int, only: str
) -> Report:
    """Fit on each split, and take down what comes of the others."""
    report, (best, cost) = Report(), best_single(heard)
    parties = {"": members}
    if without:
        parties[f", without {without}"] = [m for m in members if m.name != without]
    for seed in range(_FIRST_SEED, _FIRST_SEED + splits):
        split = Split.drawn(heard, seed)
        for member in members:
            alone = single(split.reported, member.name)
            report.add(member.name, split.cases(alone, best), "as it is")
        for ending, taking_part in parties.items():
            for name, goal in goals(taking_part, cost, seed).items():
                if only not in ("", name):
                    continue
                outcomes, how = fitted(split, taking_part, goal)
                report.add(name + ending, split.cases(outcomes, best), how)
    return report


def fitted(split: Split, members: Sequence[Member], goal: Goal) -> tuple[list[Replayed], str]:
    """Return what the policy that is fitted says to the reported tasks, and how it is sure. Where
    no policy reaches the goal nothing is shown, for nothing."""
    try:
        policy, reward = fitted_policy(split.fitting, members, goal)
    except NothingFits:
        return [Replayed("", 0.0, False, False, False, 0.0, 0) for _ in split.reported], "nothing"
    how = "agreement" if reward is None else "reward"
    return Replayer(split.reported).outcomes(policy, reward), how if goal.risk else "always answers"


def line(name: str, row: Row) -> str:
    """Return a row of the table."""
    right, shown, good = (
        f"{mean:.1%} ({low:.1%} – {high:.1%})"
        for mean, low, high in (row.right, row.shown, row.right_of_shown)
    )
    gain, fitted_gain = (
        f"{100 * mean:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"
        for mean, low, high in (row.gain, row.gain_fitted)
    )
    return f"| {name} | {right} | {gain} | {fitted_gain} | {shown} | {good} | {row.of_cost:.0%} |"


def main() -> None:
    """Hear, fit, measure and print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("tasks", type=Path)
    arguments.add_argument("--recorded", action="append", type=Path, required=True)
    arguments.add_argument("--without", metavar="MODEL", default="")
    arguments.add_argument("--splits", type=int, default=10)
    arguments.add_argument("--only", metavar="GOAL", default="")
    options = arguments.parse_args()
    tasks = read_tasks(options.tasks)
    members = recorded_members(options.recorded, tasks)
    heard = asyncio.run(ask_all(tasks, members))
    report = measured(
        heard, list(members.members.values()), options.without, options.splits, options.only
    )
    rows = {name: report.row(name) for name in report.cases}
    print("| " + " | ".join(_HEADINGS) + " |\n|" + "---|" * len(_HEADINGS))
    for name, row in rows.items():
        print(line(name, row))
    print(json.dumps({name: asdict(row) for name, row in rows.items()}))


if __name__ == "__main__":
    main()
