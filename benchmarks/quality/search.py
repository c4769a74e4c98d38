"""Fits policies on a third of the problems and reports them on the others.

    python benchmarks/quality/search.py TASKS --recorded FILE [--without MODEL] [--out FOLDER]

Three goals: most often right; the same within 55 % of what the best single model computes; silence
where needed so that at most 6 % of what is shown is wrong. Each with all models and, if one is
named, without it. Everything is chosen on the fitting third; the others are only measured, with the
paired gain over the single model that was best on the fitting third, its 95 % interval
bootstrapped by problem. Prints a Markdown table and, as the last line, one JSON document; `--out`
keeps the fitted policies.

The models are asked and judged once, through the product; policies are then replayed on what was
heard, which gives what the product gives (a test compares them).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean

from ensemble.evaluation.members import Member, recorded_members
from ensemble.evaluation.results import paired_gain
from ensemble.evaluation.search import fit
from ensemble.evaluation.search_choice import Goal, NothingFits
from ensemble.evaluation.search_hearing import Hearing, hear
from ensemble.evaluation.search_replay import Outcome, Replayer
from ensemble.evaluation.search_toml import policy_text
from ensemble.evaluation.statistics import bootstrap_interval
from ensemble.evaluation.tasks import Task, read_tasks
from lsp_server.commands.search import best_single

_SEED = 0
_SHARE_OF_COMPUTE = 0.55
_RISK = 0.06
_HEADINGS = (
    "policy", "right (95 %)", "over the best single", "shown", "right of these", "cost",
    "of its cost",
)  # fmt: skip


def split(tasks: Sequence[Task]) -> tuple[list[Task], list[Task]]:
    """Return the tasks of the third of the problems to fit on, and the others."""
    problems = sorted({task.cluster for task in tasks})
    random.Random(_SEED).shuffle(problems)
    first = set(problems[: round(len(problems) / 3)])
    fitting = [task for task in tasks if task.cluster in first]
    return fitting, [task for task in tasks if task.cluster not in first]


def goals(fitting: Sequence[Hearing]) -> dict[str, Goal]:
    """Return what is to be reached, by name."""
    _, cost = best_single(fitting)
    return {
        "fitted": Goal(seed=_SEED),
        "fitted-frugal": Goal(budget=_SHARE_OF_COMPUTE * cost, seed=_SEED),
        "fitted-sure": Goal(risk=_RISK, seed=_SEED),
    }


def single(hearings: Sequence[Hearing], model: str) -> list[Outcome]:
    """Return what a model alone says: one candidate, unchecked, always shown."""
    return [
        Outcome(text, 1.0, True, True, heard.right[text], heard.cost[model], 1)
        for heard in hearings
        for text in [heard.ballots[model][0].text]
    ]


class Report:
    """The table, line by line, and the same as data."""

    def __init__(self, reported: Sequence[Hearing], reference: str) -> None:
        self.reported, self.reference = reported, single(reported, reference)
        self.rows: dict[str, dict[str, object]] = {}

    def add(self, name: str, outcomes: Sequence[Outcome]) -> str:
        """Measure, and return the row."""
        tasks = [heard.task for heard in self.reported]
        right = [float(outcome.right and outcome.shown) for outcome in outcomes]
        low, high = bootstrap_interval(right, [task.cluster for task in tasks])
        known = [float(outcome.right) for outcome in self.reference]
        gain, (least, most) = paired_gain(tasks, right, known)
        shown = [outcome for outcome in outcomes if outcome.shown]
        good = fmean(outcome.right for outcome in shown) if shown else 1.0
        cost = fmean(outcome.cost for outcome in outcomes)
        part = cost / fmean(outcome.cost for outcome in self.reference)
        self.rows[name] = {
            "right": fmean(right), "ci95": (low, high), "gain": gain, "gain95": (least, most),
            "shown": len(shown) / len(outcomes), "right_of_shown": good,
            "cost": cost, "of_single_cost": part,
        }  # fmt: skip
        return (
            f"| {name} | {fmean(right):.1%} ({low:.1%} – {high:.1%}) "
            f"| {100 * gain:+.1f} ({100 * least:+.1f} to {100 * most:+.1f}) "
            f"| {len(shown) / len(outcomes):.1%} | {good:.1%} | {cost:.4g} | {part:.0%} |"
        )


def rows(
    fitting: list[Hearing], report: Report, members: Sequence[Member], ending: str, out: Path | None
) -> Iterator[str]:
    """Fit every goal, and yield the rows."""
    replayer = Replayer(report.reported)
    for name, goal in goals(fitting).items():
        try:
            fitted = fit(fitting, members, goal)
        except NothingFits as reason:
            yield f"| {name}{ending} | {reason} | | | | | |"
            continue
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            on = f"a third of the problems (seed {_SEED}), {len(fitting)} tasks"
            (out / f"{name}{ending}.toml").write_text(policy_text(fitted, goal, on))
        yield report.add(f"{name}{ending}", replayer.outcomes(fitted.policy))


def main() -> None:
    """Hear, fit, measure and print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("tasks", type=Path)
    arguments.add_argument("--recorded", action="append", type=Path, required=True)
    arguments.add_argument("--without", metavar="MODEL", default="")
    arguments.add_argument("--out", type=Path, metavar="FOLDER")
    options = arguments.parse_args()
    tasks = read_tasks(options.tasks)
    members = recorded_members(options.recorded, tasks)
    fitting, reported = (asyncio.run(hear(some, members)) for some in split(tasks))
    report = Report(reported, best_single(fitting)[0])
    print(f"fitted on {len(fitting)} tasks, reported on {len(reported)}\n")
    print("| " + " | ".join(_HEADINGS) + " |\n|" + "---|" * len(_HEADINGS))
    for name in members.members:
        print(report.add(name, single(reported, name)))
    known = list(members.members.values())
    for ending, taking_part in {
        "": known,
        f"-without-{options.without}": [m for m in known if m.name != options.without],
    }.items():
        if options.without or not ending:
            for row in rows(fitting, report, taking_part, ending, options.out):
                print(row, flush=True)
    print(json.dumps(report.rows))


if __name__ == "__main__":
    main()
