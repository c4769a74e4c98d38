"""Whether a text is right: by running the task's test, or by equality where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec

from code_checks.syntax import check_syntax
from code_checks.verdict import Outcome
from ensemble.evaluation.tasks import Task

OnStep = Callable[[str, int, int], None]
"""What is told of progress: the stage, and how much of how much is done."""

RunTest = Callable[[Task, Sequence[str]], Sequence[bool]]
"""Runs a task's test on the document with each of these texts in its hole, from any thread, and
says of each whether it passed."""

_AT_A_TIME = 2


class Score(msgspec.Struct, frozen=True):
    """What is true of one text in one hole: it is `right`, it is the original, it parses."""

    right: bool
    exact: bool
    parses: bool


class Scorer:
    """Scores texts, each once. The task's own test is used for nothing else."""

    def __init__(self, run_test: RunTest) -> None:
        self._run_test = run_test
        self._scores: dict[tuple[str, str], Score] = {}

    def score_all(self, texts: Iterable[tuple[Task, str]], on_step: OnStep) -> None:
        """Score these texts, those of two tasks at a time."""
        batches: dict[str, tuple[Task, dict[str, None]]] = {}
        for task, text in texts:
            if (task.task_id, text) not in self._scores:
                batches.setdefault(task.task_id, (task, {}))[1][text] = None
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            scored = pool.map(lambda batch: self._scored(*batch), batches.values())
            for number, scores in enumerate(scored, start=1):
                self._scores.update(scores)
                on_step("running tests", number, len(batches))

    def score(self, task: Task, text: str) -> Score:
        """Return the score of a text that `score_all` was given."""
        return self._scores[task.task_id, text]

    def _scored(self, task: Task, texts: Iterable[str]) -> dict[tuple[str, str], Score]:
        texts = tuple(texts)
        exact = [task.is_exact(text) for text in texts]
        right = self._run_test(task, texts) if task.is_run else exact
        return {
            (task.task_id, text): Score(
                right=is_right,
                exact=is_exact,
                parses=check_syntax(task.hole, text).outcome is Outcome.PASS,
            )
            for text, is_right, is_exact in zip(texts, right, exact, strict=True)
        }
