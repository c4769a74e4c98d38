"""Whether a text is right: by running the task's test, or by equality where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from code_checks.checks.syntax import check_syntax
from code_checks.verdict import Outcome
from ensemble.evaluation.task_programs import ENTRANCE, run_programs
from ensemble.evaluation.tasks import Task

OnStep = Callable[[str, int, int], None]
"""What is told of progress: the stage, and how much of how much is done."""

RunPrograms = Callable[[Iterable[str]], Iterator[bool]]
"""Runs programs and yields for each, in order, whether it passed: `task_programs.run_programs`."""


class Grade(msgspec.Struct, frozen=True):
    """What is true of one text in one hole."""

    right: bool
    """Whether the task's test passes or, where there is none to run, the text is the original."""
    exact: bool
    """Whether the text is the original, but for blank lines and white space at line ends."""
    parses: bool
    """Whether the file parses with the text in the hole."""


class Grader:
    """Scores texts, each once. The task's own test is used for nothing else."""

    def __init__(self, run: RunPrograms = run_programs) -> None:
        self._run = run
        self._scores: dict[tuple[str, str], Grade] = {}

    def score_all(self, texts: Iterable[tuple[Task, str]], on_step: OnStep) -> None:
        """Score these texts. Raises EvaluationError if tests cannot be run."""
        fresh = {
            (task.task_id, text): (task, text)
            for task, text in texts
            if (task.task_id, text) not in self._scores
        }
        tested = {key: pair for key, pair in fresh.items() if pair[0].is_run}
        programs = (task.program(text, ENTRANCE) for task, text in tested.values())
        passed: dict[tuple[str, str], bool] = {}
        for key, has_passed in zip(tested, self._run(programs), strict=True):
            passed[key] = has_passed
            on_step("running tests", len(passed), len(tested))
        for key, (task, text) in fresh.items():
            exact = task.is_exact(text)
            parses = check_syntax(task.hole, text).outcome is Outcome.PASS
            self._scores[key] = Grade(passed.get(key, exact), exact, parses)

    def score(self, task: Task, text: str) -> Grade:
        """Return the score of a text that `score_all` was given."""
        return self._scores[task.task_id, text]
