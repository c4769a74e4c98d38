"""What running tests on candidates says, in the real sandbox."""

from __future__ import annotations

import pytest

from code_checks.execution.environment import RunEnvironment
from code_checks.execution.judge import Ending
from code_checks.execution.run_tests import compare_results, run_tests, unrunnable
from code_checks.execution.unit_test import Origin, UnitTest
from code_checks.execution.visible_tests import visible_tests
from code_checks.hole import Hole
from code_checks.sandbox import JudgeLimits
from code_checks.trees.functions import function_around
from code_checks.verdict import Outcome
from tests.notation import hole

HALF = hole(
    "python",
    'def half(n):\n    """Halve.\n\n    half(4) == 2\n    >>> half(6)\n    3\n    """\n    ‸\n',
)
QUICK = RunEnvironment(
    limits=JudgeLimits(test_cpu_seconds=1, test_seconds=2.0, candidate_seconds=6.0)
)

BODIES: dict[str, tuple[str, Outcome, str]] = {
    "right": ("return n // 2", Outcome.PASS, "2 of 2 tests pass"),
    "wrong for one": ("return 2", Outcome.FAIL, "1 of 2 tests pass; failed: half(6)"),
    "wrong for both": ("return n", Outcome.FAIL, "0 of 2 tests pass; failed: half(6)"),
    "raises": ("return n / 0", Outcome.FAIL, "ZeroDivisionError"),
    "does not end": ("while True: pass", Outcome.FAIL, "after"),
    "prints without end": ("while True: print('x' * 9999)", Outcome.FAIL, "printed"),
    "exits": ("import os; os._exit(0)", Outcome.FAIL, "exit"),
    "exits politely": ("raise SystemExit(0)", Outcome.FAIL, "SystemExit"),
    "recurs without end": ("return half(n)", Outcome.FAIL, "RecursionError"),
    "does not compile": ("return (", Outcome.FAIL, "SyntaxError"),
    "needs what is not there": ("import numpi; return 2", Outcome.SKIP, "numpi"),
}


def _tests(place: Hole) -> tuple[UnitTest, ...]:
    function = function_around(place)
    assert function is not None
    return visible_tests(function, place)


@pytest.mark.needs("sandbox")
def test_each_candidate_gets_its_own_outcome() -> None:
    """All of them share a sandbox, so none may spoil another's result."""
    texts = [body for body, _, _ in BODIES.values()]
    report = run_tests(HALF, texts, _tests(HALF), QUICK)
    assert report.refusal == ""
    for index, (name, (_, outcome, detail)) in enumerate(BODIES.items()):
        verdict = report.verdict(index)
        assert (verdict.check, verdict.outcome) == ("tests", outcome), (name, verdict)
        assert detail in verdict.detail, (name, verdict)
        assert "\n" not in verdict.detail


@pytest.mark.needs("sandbox")
def test_which_tests_passed_is_told_apart() -> None:
    report = run_tests(HALF, ["return 2", "return 3"], _tests(HALF), QUICK)
    labels = [{test.label for test in report.passed(index)} for index in range(2)]
    assert labels == [{"half(4) == 2"}, {"half(6) → 3"}]


@pytest.mark.needs("sandbox")
def test_a_result_that_does_not_hold_is_no_pass() -> None:
    """Every process draws anew: six right draws in a row that end with a right second draw are
    less likely than one in ten thousand."""
    lucky = "import random; return n // 2 + random.choice([0, 0, 0, 7])"
    endings = set()
    for _ in range(6):
        report = run_tests(HALF, [lucky, "return n"], _tests(HALF), QUICK)
        endings |= {outcome.ending for outcome in report.outcomes[0]}
        if endings & {Ending.FLAKY, Ending.FAIL}:
            return
    pytest.fail(f"only {endings}")


REFUSED = {
    "the file itself needs a package": (
        "import nothing_like_it\n\n\ndef f(x):\n    # f(2) == 4\n    ‸\n",
        "the file cannot be used in the sandbox: ModuleNotFoundError",
    ),
    "the file itself needs a service": (
        "import socket\nsocket.create_connection(('192.0.2.1', 9), timeout=1)\n\n\n"
        "def f(x):\n    # f(2) == 4\n    ‸\n",
        "the file cannot be used in the sandbox: OSError",
    ),
    "the file itself ends the process": (
        "import os\nos._exit(3)\n\n\ndef f(x):\n    # f(2) == 4\n    ‸\n",
        "the file cannot be used in the sandbox",
    ),
    "there are no tests": ("def f(x):\n    ‸\n", "no tests were found"),
}


@pytest.mark.needs("sandbox")
@pytest.mark.parametrize(("code", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_no_candidate_is_to_blame_for_is_skipped(code: str, reason: str) -> None:
    place = hole("python", code)
    verdict = run_tests(place, ["return x * 2"], _tests(place), QUICK).verdict(0)
    assert verdict.outcome is Outcome.SKIP
    assert verdict.detail.startswith(reason)


def test_a_language_without_a_runner_says_so() -> None:
    place = hole("rust", "fn f(x: i32) -> i32 {\n    ‸\n}\n")
    verdict = run_tests(place, ["x"], [UnitTest("f(1)", "f(1)")]).verdict(0)
    assert verdict.outcome is Outcome.SKIP
    assert verdict.detail == unrunnable("rust") == "tests of rust are not run"


@pytest.mark.needs("sandbox")
def test_results_are_equal_where_behavior_is() -> None:
    bodies = ["return n // 2", "return int(n / 2)", "return n / 0", "import time; return id([n])"]
    rows = compare_results(HALF, bodies, ["half(4)", "half(-1)"], QUICK)
    assert rows[0][0] == rows[1][0] == "= 2"
    assert rows[0][1] != rows[1][1]
    assert rows[2] == ("! ZeroDivisionError", "! ZeroDivisionError")


def test_results_of_other_languages_are_not_compared() -> None:
    assert compare_results(hole("go", "package a\n‸"), ["x"], ["f(1)"]) == ()


def test_nothing_to_judge() -> None:
    assert run_tests(HALF, [], _tests(HALF)).outcomes == ()
    assert compare_results(HALF, [], ["half(1)"]) == ()


@pytest.mark.needs("sandbox")
def test_many_tests_that_only_vote_end_like_each_alone() -> None:
    bodies = [
        "return n // 2", "return n", "return n / 0", "raise SystemExit(0)", "while True: pass",
        "import os; os._exit(0)", "return (", "while n == 6: pass\n    return 2",
        "try:\n        while n == 6: pass\n    except BaseException: pass\n    return 2",
    ]  # fmt: skip
    codes = ["assert half(4) == 2", "assert half(6) == 3", "assert half(6) == 6", "assert half("]
    together = [UnitTest(code, code, Origin.GENERATED) for code in codes]
    alone = [UnitTest(code, code) for code in codes]
    reports = [run_tests(HALF, bodies, tests, QUICK) for tests in (together, alone)]
    passed = [
        [[outcome.passed for outcome in row] for row in report.outcomes] for report in reports
    ]
    assert passed[0] == passed[1]
    assert reports[0].outcomes[7][1].ending is Ending.TIMEOUT
