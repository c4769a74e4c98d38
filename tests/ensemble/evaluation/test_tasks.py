"""Tasks: read, refused, understood, drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from code_checks.hole import Extent
from ensemble.errors import EvaluationError
from ensemble.evaluation.tasks import Task, draw, read_tasks
from tests.ensemble.evaluation.material import TASKS, written


@pytest.mark.parametrize("name", ["tasks.jsonl", "tasks.jsonl.gz"])
def test_tasks_are_read_packed_or_not(tmp_path: Path, name: str) -> None:
    tasks = read_tasks(written(tmp_path / name, TASKS))
    assert [task.task_id for task in tasks] == [row["task_id"] for row in TASKS]
    assert tasks[0].hole.prefix.startswith("def double")
    assert tasks[0].language == "python"


def test_unknown_fields_are_ignored(tmp_path: Path) -> None:
    (task,) = read_tasks(written(tmp_path / "t.jsonl", [{**TASKS[0], "source": "elsewhere"}]))
    assert task.entry_point == "double"


WITHOUT_PROMPT = '{"task_id": "a", "canonical_solution": "x"}\n'
GOOD = '{"task_id": "a", "prompt": "", "canonical_solution": "x"}\n'
REFUSED = {
    "not JSON": (GOOD + "\n{nonsense\n", r"tasks.jsonl, line 3: "),
    "a field is missing": (WITHOUT_PROMPT, r"tasks.jsonl, line 1: .*prompt"),
    "a number for a text": (GOOD.replace('"x"', "3"), r"line 1: .*canonical_solution"),
    "not UTF-8": ('{"task_id": "\udcff"}', r"line 1: "),
    "twice the same": (GOOD + GOOD, r"line 2: 'a' occurs twice"),
    "empty": ("\n\n", r"tasks.jsonl holds no task"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_a_bad_file_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "tasks.jsonl"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(EvaluationError, match=message):
        read_tasks(file)


@pytest.mark.parametrize("data", [None, b"\x1f\x8b torn"], ids=["absent", "damaged"])
def test_an_unreadable_file_is_refused(tmp_path: Path, data: bytes | None) -> None:
    file = tmp_path / "tasks.jsonl.gz"
    if data is not None:
        file.write_bytes(data)
    with pytest.raises(EvaluationError, match=r"tasks\.jsonl\.gz cannot be read: "):
        read_tasks(file)


def task(prompt: str, solution: str, suffix: str = "", **more: Any) -> Task:
    return Task("t", prompt, solution, suffix, **more)


HEADER = "def f(a):\n"
IN_LOOP = "def f(a):\n    for x in a:\n"
EXTENTS = {
    "one line among others": (task(HEADER, "    b = a\n", "    return b\n"), Extent.LINE),
    "one line without its end": (task(HEADER, "    b = a", "\n    return b\n"), Extent.LINE),
    "a piece of a line": (task("x = sum(", "a, b", ")\n"), Extent.LINE),
    "the last line of a body": (task(HEADER + "    b = a\n", "    return b\n"), Extent.LINE),
    "two lines": (task(HEADER, "    b = a\n    c = b\n", "    return c\n"), Extent.BLOCK),
    "a nested body": (
        task(IN_LOOP, "        y = x\n        print(y)\n", "    return y\n"), Extent.BLOCK,
    ),
    "a nested body and what follows it": (
        task(IN_LOOP, "        y = x\n        print(y)\n    z = y\n", "    return z\n"),
        Extent.FUNCTION,
    ),
    "from mid-line into the next": (
        task("def f(a):\n    if a", " > 1:\n        return a", "\n    return 1\n"), Extent.BLOCK,
    ),
    "a body of one line": (task(HEADER, "    return a\n"), Extent.FUNCTION),
    "a body behind a docstring": (
        task(HEADER + '    """Do it:\n\n    if a: twice."""\n', "    return a\n"), Extent.FUNCTION,
    ),
    "a body behind one-line quotes": (task(HEADER + "    'a'\n\n", "    pass\n"), Extent.FUNCTION),
    "a method's body": (task("class C:\n    def f(a):\n", "        pass\n"), Extent.FUNCTION),
    "an asynchronous body": (task("async " + HEADER, "    pass\n"), Extent.FUNCTION),
    "a header over two lines": (task("def f(\n    a,\n):\n", "    pass\n"), Extent.FUNCTION),
    "a loop's body is no function's": (task(IN_LOOP, "        print(x)\n"), Extent.LINE),
    "behind a statement": (task(HEADER + "    a += 1\n", "    return a\n"), Extent.LINE),
    "a text that is no Python": (task("def f(:\n", "    pass\n"), Extent.LINE),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "extent"), EXTENTS.values(), ids=EXTENTS)
def test_the_extent_is_the_tasks(asked: Task, extent: Extent) -> None:
    assert asked.extent is extent


EXACT = {
    "the same": ("    b = a\n", True),
    "without its line end": ("    b = a", False),
    "with a blank line": ("\n    b = a  \n\n", True),
    "another indentation": ("        b = a\n", False),
    "other spaces within": ("    b=a\n", False),
    "nothing": ("", False),
}


@pytest.mark.parametrize(("text", "is_exact"), EXACT.values(), ids=EXACT)
def test_exact_means_the_original(text: str, is_exact: bool) -> None:
    original = task(HEADER, "    b = a\n", "    return b\n")
    assert original.is_exact(text) is is_exact


CLUSTERS = {
    "SingleLineInfilling/HumanEval/7/L2": "HumanEval/7",
    "RandomSpanInfillingLight/HumanEval/0/1": "HumanEval/0",
    "HumanEval/12": "HumanEval/12",
    "free": "free",
}


@pytest.mark.parametrize(("identifier", "cluster"), CLUSTERS.items())
def test_the_problem_is_part_of_the_identifier(identifier: str, cluster: str) -> None:
    assert Task(identifier, "", "").cluster == cluster
    assert Task(identifier, "", "", problem="given").cluster == "given"


def many(problems: int, holes: int) -> list[Task]:
    return [Task(f"Set/P/{p}/L{h}", "", "") for p in range(problems) for h in range(holes)]


@pytest.mark.parametrize(("limit", "most"), [(5, 1), (10, 1), (15, 2), (30, 3), (99, 4)])
def test_a_draw_represents_problems_evenly(limit: int, most: int) -> None:
    tasks = many(10, 4)
    drawn = draw(tasks, limit)
    assert len(drawn) == min(limit, len(tasks))
    counts = [[task.cluster for task in drawn].count(f"P/{p}") for p in range(10)]
    assert max(counts) == most
    assert max(counts) - min(counts) <= 1
    assert drawn == [task for task in tasks if task in drawn], "the order is the file's"


def test_a_draw_is_repeatable_and_depends_on_the_seed() -> None:
    tasks = many(30, 3)
    assert draw(tasks, 20) == draw(tasks, 20)
    assert draw(tasks, 20, seed=1) != draw(tasks, 20, seed=2)


def test_what_other_languages_test_is_not_run() -> None:
    assert Task("t", "", "", test="x").is_run
    assert not Task("t", "", "").is_run
    assert not Task("t", "", "", test="x", language="go").is_run
