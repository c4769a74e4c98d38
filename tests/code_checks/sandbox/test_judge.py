"""What the judge says about candidates, whatever they do to it, to each other and to themselves.

Each file in `candidates` is a candidate for one function; its first line says how its two tests
have to end. All of one folder share a sandbox, and between any two of them stands a right one:
whatever a candidate does, the right ones have to pass.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest

from code_checks.execution.judge import Ending, TestOutcome, judge_python, outputs_python
from code_checks.sandbox import HARMFUL, Level, Mechanism, SandboxUnavailable, probe_sandbox
from tests.code_checks.sandbox.judging import LIMITS
from tests.code_checks.sandbox.settings import SETTINGS, number_of, python_of
from tests.tools import require, skip

FOLDER = Path(__file__).resolve().parent / "candidates"
KINDS = ("own", "forging", "spoiling")
TRIALS = [(kind, *setting) for kind in KINDS for setting in SETTINGS]
TESTS = ["assert f(1) == 2", "assert f(5) == 6"]
RIGHT = """
import calendar
from helper import increased
from package import one

def f(x):
    assert calendar.isleap(2024)
    return increased(x) + one - 1
"""
"""It uses everything that another could spoil."""

FILES = {
    "helper.py": "def increased(x):\n    return x + 1\n",
    "package/__init__.py": "one = 1\n",
}


@cache
def candidates(kind: str) -> dict[str, tuple[list[str], str]]:
    """Return the candidates of a folder: how their tests end, and their text."""
    found = {}
    for path in sorted((FOLDER / kind).glob("*.candidate")):
        text = path.read_text()
        found[path.stem] = (text.removeprefix("# ").partition(":")[0].split(), text)
    return found


Rows = list[list[list[str]]]


@pytest.fixture(scope="module")
def trials(copy: Path) -> Iterator[Callable[[str, str, str], Rows]]:
    """Judges a folder's candidates in a setting. All are begun at once: most of it is waiting."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        begun = {trial: pool.submit(judged, copy, *trial) for trial in TRIALS}

        def rows(kind: str, mechanism: str, user: str) -> Rows:
            answer = begun[kind, mechanism, user].result()
            if isinstance(answer, str):
                skip(answer)
            return answer

        yield rows


def judged(copy: Path, kind: str, mechanism: str, user: str) -> Rows | str:
    """Judge as that user; return why that is not possible where it is not."""
    python = python_of(user)
    if python is None:
        return "no Python that an ordinary user can read"
    programs = [RIGHT]
    for _, text in candidates(kind).values():
        programs += [text, RIGHT]
    order = {"mechanism": mechanism, "programs": programs, "tests": TESTS, "files": FILES}
    number = number_of(user)
    done = subprocess.run(
        [python, "-m", "tests.code_checks.sandbox.judging", json.dumps(order)],
        cwd=copy, user=number, group=number, extra_groups=[] if number else None,
        env={"PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    found: Rows | str = answer.get("unavailable") or answer["judged"]
    return found


@pytest.mark.parametrize(("kind", "mechanism", "user"), TRIALS)
def test_each_gets_what_it_deserves(
    trials: Callable[[str, str, str], Rows], kind: str, mechanism: str, user: str
) -> None:
    rows = trials(kind, mechanism, user)
    neighbors = dict(enumerate(rows[::2]))
    wrong = {
        name: (ends, row)
        for (name, (ends, _)), row in zip(candidates(kind).items(), rows[1::2], strict=True)
        if [ending for ending, _ in row] != ends
    }
    assert wrong == {}
    assert all(row == [["pass", ""]] * 2 for row in neighbors.values()), neighbors


@pytest.mark.parametrize("name", candidates("forging"))
def test_a_naive_judge_is_fooled(tmp_path: Path, name: str) -> None:
    """The control: an exit status or a line of output proves nothing."""
    (tmp_path / "program.py").write_text("\n".join([candidates("forging")[name][1], *TESTS]))
    command = [sys.executable, "program.py"]
    done = subprocess.run(
        command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    assert done.returncode == 0 or b"passed" in done.stdout


@pytest.mark.parametrize("name", ["leaves_modules", "changes_files"])
def test_a_naive_judge_lets_neighbors_suffer(tmp_path: Path, name: str) -> None:
    """The control: in one directory, with nothing cleaned up, the right one fails."""
    for path, content in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(content)
    statuses = []
    for text in (candidates("spoiling")[name][1], RIGHT):
        (tmp_path / "program.py").write_text("\n".join([text, *TESTS]))
        command = [sys.executable, "-B", "program.py"]
        done = subprocess.run(
            command, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        statuses.append(done.returncode)
    # The first is wrong, the second right; both fail.
    assert 0 not in statuses


FORGE_THEIR_OWN = {
    "equal to everything": """
class Anything:
    def __eq__(self, other):
        return True

def f(x):
    return Anything()
""",
    "the harness patched": """
import sys

outcome = sys.modules["inside.candidate_process"]
outcome._outcome = lambda *_: (outcome.RecordKind.PASS, "")

def f(x):
    return -1
""",
}
"""What nothing prevents, and the judge's docstring says: it is about the candidate alone."""


@pytest.fixture(scope="module")
def level() -> Level:
    """What this machine has."""
    require("sandbox")
    return probe_sandbox()


@pytest.mark.parametrize("name", FORGE_THEIR_OWN)
def test_a_candidate_may_forge_its_own_result_but_no_other(level: Level, name: str) -> None:
    wrong = "def f(x):\n    return x\n"
    rows = judge_python([wrong, FORGE_THEIR_OWN[name], wrong], TESTS, limits=LIMITS, level=level)
    assert [[outcome.ending for outcome in row] for row in rows] == [
        [Ending.FAIL] * 2, [Ending.PASS] * 2, [Ending.FAIL] * 2,
    ]  # fmt: skip


def test_outcomes_that_change_are_flaky(level: Level) -> None:
    chance = "def f(x):\n    return x + 1 if hash('a') % 1024 == SEEN else -1\n"
    seen = outputs_python(["def f(x):\n    return hash('a') % 1024\n"], ["f(1)"], level=level)
    program = chance.replace("SEEN", seen[0][0].detail)
    steady = "def f(x):\n    return x + 1\n"
    rows = judge_python([program, steady], TESTS[:1], runs=2, level=level)
    assert rows[0][0].ending is Ending.FLAKY
    assert rows[1] == [TestOutcome(Ending.PASS)]


OUTPUTS = {
    "{3, 1, 2, 'b', 'a'}": "set({'a', 'b', 1, 2, 3})",
    "{'b': 1, 'a': [2]}": "{'a': [2], 'b': 1}",
    "(1,)": "(1,)",
    "(x * x for x in range(3))": "iterator [0, 1, 4]",
    "object()": "<object object>",
    "'a' * 5000": f"'{'a' * 999}… 5002 characters, sha256 ",
    "1 / 0": "ZeroDivisionError: division by zero",
    "1 +": "SyntaxError: invalid syntax (test.py, line 1)",
    "float('nan')": "nan",
    "f": "<function f>",
    "[f]": "[<function f>]",
}


def test_equal_values_have_equal_texts(level: Level) -> None:
    program = "def f(x):\n    return x\n"
    (row,) = outputs_python([program], list(OUTPUTS), level=level)
    wrong = {
        call: outcome
        for (call, expected), outcome in zip(OUTPUTS.items(), row, strict=True)
        if not outcome.detail.startswith(expected)
    }
    assert wrong == {}


def test_one_who_uses_up_the_memory_of_all_costs_the_others_nothing(level: Level) -> None:
    greedy = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        held = bytearray(b"x") * (400 << 20)
        time.sleep(99)
def f(x):
    time.sleep(99)
"""
    right = "def f(x):\n    return x + 1\n"
    rows = judge_python([right, greedy, right], TESTS, limits=LIMITS, level=level)
    assert rows[0] == rows[2] == [TestOutcome(Ending.PASS)] * 2
    assert {outcome.ending for outcome in rows[1]} <= {Ending.DIED, Ending.TIMEOUT}


@pytest.mark.parametrize(("programs", "tests"), [([], TESTS), (["def f(x): pass"], [])])
def test_nothing_to_judge(level: Level, programs: list[str], tests: list[str]) -> None:
    assert judge_python(programs, tests, level=level) == [[] for _ in programs]


def test_what_was_cancelled_has_not_been_run(level: Level) -> None:
    cancel = threading.Event()
    cancel.set()
    rows = judge_python(["def f(x): pass"] * 2, TESTS, cancel=cancel, level=level)
    assert {outcome.ending for row in rows for outcome in row} == {Ending.NOT_RUN}


def test_without_a_sandbox_nothing_is_judged() -> None:
    nothing = Level(Mechanism.NONE, HARMFUL, {Mechanism.BUBBLEWRAP: "bwrap is not installed"})
    with pytest.raises(SandboxUnavailable, match="bwrap is not installed"):
        judge_python(["def f(x): pass"], TESTS, level=nothing)
