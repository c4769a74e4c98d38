"""Measures ways of selecting that are not in the product: by similarity instead of by equality.

    python benchmarks/quality/similarity.py TASKS --recorded FILE

The medoid (Agent Forest, Li et al. 2024) is the text most similar to all others; the weighted
selection (EnsLLM, Mahmud et al. 2025) weights the others by how often they are right alone. Both
are compared with the majority, over every three and four of the four models that are best alone,
on a third of the problems, drawn with a seed, that may be looked at. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path

from code_checks.verdict import Outcome
from ensemble.evaluation.members import recorded_members
from ensemble.evaluation.search.ballots import TaskBallots, ask_all
from ensemble.evaluation.tasks import Task, read_tasks
from ensemble.voting.vote import Ballot

_SEED = 0
_TOKEN = re.compile(r"\w+|[^\w\s]")

Support = Callable[[Ballot, Ballot, float], float]
"""What one ballot says for another, given how often its model is right."""


def alike(one: Sequence[str], other: Sequence[str]) -> float:
    """Return the similarity of two sequences, 0 to 1 (Ratcliff and Metzener 1988)."""
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def tokens(ballot: Ballot) -> list[str]:
    return _TOKEN.findall(ballot.text)


RULES: dict[str, Support] = {
    "majority": lambda voter, text, accuracy: float(voter.key == text.key),
    "medoid, characters": lambda voter, text, accuracy: alike(
        voter.text.strip(), text.text.strip()
    ),
    "medoid, tokens": lambda voter, text, accuracy: alike(tokens(voter), tokens(text)),
    "weighted, tokens": lambda voter, text, accuracy: accuracy * alike(tokens(voter), tokens(text)),
}


def standing(heard: TaskBallots, models: Sequence[str], *, tested: bool) -> list[Ballot]:
    """Return the first ballots of these models that nothing refuses, in the models' order."""
    ballots = [ballot for model in models for ballot in heard.ballots[model][:1]]
    passed = [b for b in ballots if not b.failed and not b.silent]
    if not (tested and heard.judged):
        return passed
    return [b for b in passed if heard.tests[b.text].outcome is not Outcome.FAIL]


def selected(
    ballots: Sequence[Ballot], support: Support, accuracy: dict[str, float]
) -> Ballot | None:
    """Return the ballot with most support; of equals the better model's, which comes first."""

    def total(text: Ballot) -> float:
        return round(
            sum(support(voter, text, accuracy[voter.candidate.model]) for voter in ballots), 9
        )

    return max(ballots, key=total) if ballots else None


def third(tasks: Sequence[Task]) -> list[Task]:
    """Return the tasks of a third of the problems."""
    problems = sorted({task.cluster for task in tasks})
    random.Random(_SEED).shuffle(problems)
    chosen = set(problems[: round(len(problems) / 3)])
    return [task for task in tasks if task.cluster in chosen]


def main() -> None:
    """Hear, select and print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("tasks", type=Path)
    arguments.add_argument("--recorded", action="append", type=Path, required=True)
    options = arguments.parse_args()
    tasks = third(read_tasks(options.tasks))
    members = recorded_members(options.recorded, tasks)
    fitting = asyncio.run(ask_all(tasks, members))
    accuracy = {
        name: sum(h.right[b.text] for h in fitting for b in h.ballots[name][:1]) / len(fitting)
        for name in members.members
    }
    best = sorted(accuracy, key=lambda name: -accuracy[name])[:4]
    print("| models | examples run | " + " | ".join(RULES) + " |\n|---|---|" + "---|" * len(RULES))
    for tested in (False, True):
        for size in (4, 3):
            for models in combinations(best, size):
                rates = []
                for support in RULES.values():
                    chosen = [
                        (h, selected(standing(h, models, tested=tested), support, accuracy))
                        for h in fitting
                    ]
                    right = sum(h.right[ballot.text] for h, ballot in chosen if ballot)
                    rates.append(f"{right / len(fitting):.1%}")
                named = ", ".join(models)
                print(f"| {named} | {'yes' if tested else 'no'} | {' | '.join(rates)} |")


if __name__ == "__main__":
    main()
