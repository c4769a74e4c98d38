"""Tasks: holes with a known solution and, most often, a test.

The format is that of HumanEval-Infilling (Bavarian et al. 2022, "Efficient Training of Language
Models to Fill in the Middle"): JSON lines, plain or gzip.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import msgspec

from code_checks.hole import Extent, Hole
from code_checks.text.extent import end_of_extent
from ensemble.engines.json_lines import numbered_lines, unreadable
from ensemble.errors import EvaluationError

_PROBLEM = re.compile(r"[A-Za-z]\w*/\d+")


class Task(msgspec.Struct, frozen=True, dict=True):
    """A hole, the text that stood in it, and what proves an answer right.

    The fields are those of HumanEval-Infilling, and some more; fields that are not listed here are
    ignored.
    """

    task_id: str
    """A text that no other task of the file has."""
    prompt: str
    """The document before the hole."""
    canonical_solution: str
    """The text that stood in the hole. Where there is no test, or the language's tests cannot be
    run here, an answer is right where it equals this text."""
    suffix: str = ""
    """The document after the hole."""
    test: str = ""
    """A program that defines `check`, "" if there is none."""
    entry_point: str = ""
    """The name that `check` is called with."""
    language: str = "python"
    """The LSP identifier of the document's language."""
    path: str = ""
    """The file that the hole was cut from, "" if that is not known."""
    problem: str = ""
    """The problem that the task belongs to; tasks of one problem are not independent. "" if the
    identifier says it; see `cluster`."""

    @cached_property
    def hole(self) -> Hole:
        return Hole(self.language, self.prompt, self.suffix)

    @cached_property
    def extent(self) -> Extent:
        """How much the task asks for: the smallest extent that holds what stood there.

        A hole after which nothing follows, and before which the function has no statement yet,
        asks for the whole body, however short the original is.
        """
        if not self.suffix.strip() and self.language == "python" and _begins_a_body(self.prompt):
            return Extent.FUNCTION
        return next(
            (extent for extent in (Extent.LINE, Extent.BLOCK) if self._is_held_by(extent)),
            Extent.FUNCTION,
        )

    @property
    def cluster(self) -> str:
        """The problem that this task belongs to: `HumanEval/7` of `SingleLine/HumanEval/7/L2`."""
        found = _PROBLEM.search(self.task_id)
        return self.problem or (found.group() if found else self.task_id)

    @property
    def is_run(self) -> bool:
        """Whether a test decides, and not equality with the original."""
        return bool(self.test) and self.language == "python"

    def program(self, text: str, entrance: str) -> str:
        """Return the document with `text` in the hole and the test below it, as a program whose
        function `entrance` raises if `text` is wrong."""
        call = f"check({self.entry_point})" if self.entry_point else "pass"
        return f"{self.hole.fill(text)}\n{self.test}\n\ndef {entrance}():\n    {call}\n"

    def is_exact(self, text: str) -> bool:
        """Whether `text` is what stood there, but for blank lines and white space at line ends."""
        return _lines(self.hole.fill(text)) == _lines(self.hole.fill(self.canonical_solution))

    def _is_held_by(self, extent: Extent) -> bool:
        original = self.canonical_solution
        # What a finished text says last is a whole line.
        whole = original if original.endswith("\n") else original + "\n"
        return whole[: end_of_extent(self.hole, whole, extent)].rstrip() == original.rstrip()


def read_tasks(path: Path) -> list[Task]:
    """Read a file of tasks. Raises EvaluationError, which names the file and the line."""
    decoder = msgspec.json.Decoder(Task)
    tasks: dict[str, Task] = {}
    try:
        lines = list(numbered_lines(path))
    except OSError as error:
        raise EvaluationError(unreadable(path, error)) from error
    for number, line in lines:
        try:
            task = decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise EvaluationError(f"{path.name}, line {number}: {error}") from error
        if task.task_id in tasks:
            raise EvaluationError(f"{path.name}, line {number}: {task.task_id!r} occurs twice")
        tasks[task.task_id] = task
    if not tasks:
        raise EvaluationError(f"{path.name} holds no task")
    return list(tasks.values())


def draw(tasks: Sequence[Task], limit: int, seed: int = 0) -> list[Task]:
    """Return `limit` of the tasks, in their order, drawn so that problems are represented evenly:
    one of each problem, problems in random order, before a second one of any."""
    chance = random.Random(seed)
    problems: dict[str, list[Task]] = {}
    for task in tasks:
        problems.setdefault(task.cluster, []).append(task)
    piles = list(problems.values())
    chance.shuffle(piles)
    for pile in piles:
        chance.shuffle(pile)
    deepest = max(map(len, piles), default=0)
    order = [pile[depth] for depth in range(deepest) for pile in piles if depth < len(pile)]
    drawn = {task.task_id for task in order[:limit]}
    return [task for task in tasks if task.task_id in drawn]


def _begins_a_body(prompt: str) -> bool:
    """Whether a Python text ends with a function that has no statement yet but its docstring."""
    for statement in ("", "    pass", "        pass"):
        function = _last_function(f"{prompt.rstrip()}\n{statement}")
        if function is not None:
            first, *others = function.body
            is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            return not others and (is_docstring or isinstance(first, ast.Pass))
    return False


def _last_function(source: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """Return the function at the very end of a module or of its last class, if it parses."""
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    while statements and isinstance(statements[-1], ast.ClassDef):
        statements = statements[-1].body
    last = statements[-1] if statements else None
    return last if isinstance(last, ast.FunctionDef | ast.AsyncFunctionDef) else None


def _lines(text: str) -> Iterable[str]:
    return [line.rstrip() for line in text.split("\n") if line.strip()]
