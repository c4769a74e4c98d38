"""Made-up tasks, and models whose accuracy is known because it was put into them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ensemble.engines.recorded import Recording
from ensemble.evaluation.members import Members, recorded_members
from ensemble.evaluation.tasks import Task
from tests.ensemble.evaluation.material import written

ACCURACY: Mapping[str, float] = {"tiny": 0.6, "middle": 0.72, "other": 0.7, "broken": 0.0}
COST: Mapping[str, float] = {"tiny": 1.0, "middle": 3.0, "other": 3.2, "broken": 0.5}
_GARBAGE = (")(", "def def", "    return return\n", "~~~", "")


def tasks(problems: int, holes: int = 5) -> list[Task]:
    """Return tasks without tests: right is what stood there."""
    return [
        Task(
            task_id=f"Line/Made/{problem}/L{hole}",
            prompt=f"def compute_{problem}(a, b):\n    base = {hole}\n",
            suffix="    return base + total\n",
            canonical_solution=f"    total = a * {problem} + b * {hole}\n",
        )
        for problem in range(problems)
        for hole in range(holes)
    ]


def recordings(
    made: Sequence[Task],
    accuracy: Mapping[str, float] = ACCURACY,
    seed: int = 3,
    *,
    alike: bool = False,
) -> list[Recording]:
    """Return what the models say: right as often as their accuracy says, otherwise each something
    of its own, which is shorter unless `alike`; `broken` writes garbage."""
    chance = random.Random(seed)
    return [
        Recording(
            task.task_id,
            model,
            (_said(task, model, right, chance, alike),),
            cost=COST.get(model, 1.0),
        )
        for task in made
        for model, right in accuracy.items()
    ]


def _said(task: Task, model: str, accuracy: float, chance: random.Random, alike: bool) -> str:
    if accuracy == 0:
        return chance.choice(_GARBAGE)
    if chance.random() < accuracy:
        return task.canonical_solution
    if alike:
        return task.canonical_solution.replace("+", "-/%&|^"[len(model) % 6])
    return f"    total = a - b * {chance.randrange(1, 9)}{len(model)}\n"


def rows(made: Sequence[Task], **options: Any) -> list[dict[str, Any]]:
    """Return the recordings as rows of a file."""
    return [
        {"task_id": r.task_id, "model": r.model, "samples": list(r.samples), "cost": r.cost}
        for r in recordings(made, **options)
    ]


def members(folder: Path, made: Sequence[Task], **options: Any) -> Members:
    """Return the models, read from a file of their recordings."""
    file = written(folder / "recorded.jsonl", rows(made, **options))
    return recorded_members([file], made)
