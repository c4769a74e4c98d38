"""Running programs: how each of a table of them ends, all in one go, in the sandbox."""

from __future__ import annotations

import pytest

from code_checks.sandbox import SandboxUnavailable
from ensemble.errors import EvaluationError
from ensemble.evaluation import task_programs
from ensemble.evaluation.task_programs import ENTRANCE, run_programs, sandbox_problem
from ensemble.evaluation.tasks import Task


def program(text: str, test: str = "def check(f):\n    assert f(1) == 2\n") -> str:
    task = Task("t", "def f(n):\n", "    return n + 1\n", test=test, entry_point="f")
    return task.program(text, ENTRANCE)


RIGHT, WRONG = "    return n + 1\n", "    return n\n"
PROGRAMS = {
    "right": (program(RIGHT), True),
    "wrong": (program(WRONG), False),
    "no Python": (program("    return n +\n"), False),
    "an exception": (program("    return n / 0\n"), False),
    "endless recursion": (program("    return f(n)\n"), False),
    "an exit": (program("    raise SystemExit(0)\n"), False),
    "a hard exit": (program("    import os; os._exit(0)\n"), False),
    "a loop": (program("    while True: pass\n"), False),
    "a loop at import": (program(RIGHT + "\nwhile True: pass\n"), False),
    "the standard library": (program("    import math; return math.ceil(n) + 1\n"), True),
    "output": (program("    print(n); return n + 1\n"), True),
    "no main module": (program("    assert __name__ != '__main__'; return n + 1\n"), True),
    "a file outside": (program("    open('/etc/shadow').read(); return n + 1\n"), False),
    "right again": (program(RIGHT), True),
}


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let endless programs end soon."""
    monkeypatch.setattr(task_programs, "SECONDS", 1)


@pytest.mark.needs("sandbox")
@pytest.mark.usefixtures("brief")
def test_each_program_is_judged_for_itself() -> None:
    assert sandbox_problem() == ""
    sources = [source for source, _ in PROGRAMS.values()]
    found = dict(zip(PROGRAMS, run_programs(sources), strict=True))
    assert found == {name: passes for name, (_, passes) in PROGRAMS.items()}


@pytest.mark.needs("sandbox")
def test_many_programs_keep_their_order() -> None:
    texts = [RIGHT if number % 3 else WRONG for number in range(60)]
    assert list(run_programs(map(program, texts))) == [text is RIGHT for text in texts]


def test_nothing_to_run() -> None:
    assert list(run_programs([])) == []


@pytest.mark.needs("sandbox")
def test_a_test_without_an_entry_point_is_run_with_the_program() -> None:
    task = Task("t", "x = ", "1\n", test="assert x == 1\n")
    sources = [task.program(text, ENTRANCE) for text in ("1\n", "2\n")]
    assert list(run_programs(sources)) == [True, False]


def test_without_a_sandbox_nothing_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise SandboxUnavailable("nothing contains it")

    monkeypatch.setattr(task_programs, "judge_python", refuse)
    with pytest.raises(EvaluationError, match="tests cannot be run here: nothing contains it"):
        list(run_programs([program(RIGHT)]))
