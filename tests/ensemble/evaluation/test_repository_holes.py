"""Holes from real code: where they are, and that the solution gives the code back."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from code_checks.languages import language_named
from ensemble.evaluation.repository_holes import file_tasks, repository_tasks, source_tasks
from ensemble.evaluation.tasks import Task
from ensemble.file_rules import FileRules

PYTHON = '''"""A module.

This is prose.
"""
import os

# A comment.
def first(a, b):
    """Return the
    first."""
    if a:
        return a

    return b


class Empty:
    pass
'''
GO = """package main

func Double(n int) int {
	if n == 0 {
		return 0
	}
	return n * 2
}
"""
SOURCES = {"python": PYTHON, "go": GO}


def cut(language: str, seed: int = 0) -> list[Task]:
    known = language_named(language)
    assert known is not None
    return list(source_tasks("src/app", SOURCES[language], known, random.Random(seed)))


@pytest.mark.parametrize("language", SOURCES)
@pytest.mark.parametrize("seed", range(5))
def test_the_solution_fills_the_hole(language: str, seed: int) -> None:
    tasks = cut(language, seed)
    assert {task.task_id.rsplit(":")[-1] for task in tasks} == {"line", "rest", "block"}
    for task in tasks:
        assert task.hole.fill(task.canonical_solution) == SOURCES[language]
        assert task.canonical_solution.strip()
        assert task.is_exact(task.canonical_solution)
        assert task.problem == task.path == "src/app"
        assert not task.is_run


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_cut_from_prose_and_comments(seed: int) -> None:
    for task in cut("python", seed):
        if not task.task_id.endswith("block"):
            said = task.hole.line_head + task.canonical_solution
            assert not said.lstrip().startswith(("#", '"', "This", "first")), task


def test_a_block_is_the_whole_body() -> None:
    bodies = {t.canonical_solution for t in cut("go") if t.task_id.endswith("block")}
    assert bodies == {"\n\t\treturn 0", "\n\tif n == 0 {\n\t\treturn 0\n\t}\n\treturn n * 2"}


def test_the_same_seed_cuts_the_same() -> None:
    assert cut("python", 1) == cut("python", 1)
    assert cut("python", 1) != cut("python", 2)


def test_only_what_a_prompt_may_hold_is_read(tmp_path: Path) -> None:
    for name in ("app.py", "ignored.py", "node_modules/x.js", ".hidden/y.py", "deep/er/z.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("first_value = second_value\n")
    (tmp_path / ".env.py").write_text("first_value = second_value\n")
    (tmp_path / ".gitignore").write_text("ignored.py\n")
    (tmp_path / ".git").mkdir()
    found = {task.path for task in repository_tasks(tmp_path, FileRules(tmp_path))}
    assert found == {"app.py", "deep/er/z.py"}


UNUSABLE = {
    "data": ("a.json", b'{"first": "second"}'),
    "prose": ("a.txt", b"first second"),
    "not UTF-8": ("a.py", b"first = '\xff'\n"),
    "too large": ("a.py", b"first = second\n" * 20_000),
}


@pytest.mark.parametrize(("name", "data"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_file_that_is_no_code_has_no_holes(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert list(file_tasks(name, tmp_path / name, random.Random(0))) == []
