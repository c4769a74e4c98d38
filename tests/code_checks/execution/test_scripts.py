"""JavaScript and TypeScript, run by Node; and what is said where there is no runner."""

from __future__ import annotations

import shutil

import pytest

from code_checks.execution.environment import RunEnvironment
from code_checks.execution.judge import Ending
from code_checks.execution.run_tests import RunReport, run_tests, unrunnable
from code_checks.execution.runners import go, node
from code_checks.execution.runners.node_reports import json_outcomes, tap_outcomes
from code_checks.execution.visible_tests import Sources, visible_tests
from code_checks.sandbox import JudgeLimits
from code_checks.trees.functions import function_around
from code_checks.verdict import Outcome
from tests.notation import hole

NODE = pytest.mark.needs("sandbox", "node")
LIMITS = JudgeLimits(test_cpu_seconds=2, test_seconds=2.0)
NO_SOURCES = Sources()
PASS, FAIL, SKIP = Outcome.PASS, Outcome.FAIL, Outcome.SKIP

MODULE = """\
import { rate } from "./tax.mjs";

/**
 * @example total([1]) // => 2
 */
export function total(prices) {‸}
"""
MODULE_TEST = """\
import assert from "node:assert";
import test from "node:test";
import { total } from "./orders.mjs";

test("two", () => assert.equal(total([1, 2]), 6));
test("something else", () => assert.ok(true));
"""
TYPED = """\
// f(2) === 4
export function f(x: number): number {‸}
"""
TYPED_TEST = """\
import { test } from "node:test";
import { strictEqual } from "node:assert";
import { f } from "./f.ts";

test("four", (): void => strictEqual(f(4) as number, 8));
"""


def _run(
    language: str, path: str, code: str, bodies: list[str], sources: Sources = NO_SOURCES
) -> RunReport:
    place = hole(language, code)
    function = function_around(place)
    assert function is not None
    tests = visible_tests(function, place, sources)
    assert tests
    bench = sources.bench()
    return run_tests(
        place, bodies, tests, RunEnvironment(path, bench.files, bench.packages, LIMITS)
    )


def _outcomes(report: RunReport) -> list[Outcome]:
    return [report.verdict(index).outcome for index in range(len(report.texts))]


@NODE
def test_javascript() -> None:
    sources = Sources(
        "src/orders.mjs",
        tests={"src/orders.test.mjs": MODULE_TEST},
        files={"src/tax.mjs": "export const rate = 2;\n"},
    )
    bodies = [" return prices.reduce((a, b) => a + b, 0) * rate; ", " return 2; ", " return ( "]
    report = _run("javascript", "src/orders.mjs", MODULE, bodies, sources)
    assert _outcomes(report) == [PASS, FAIL, FAIL]
    assert [test.label for test, _ in report.unusable] == ["src/orders.test.mjs::something else"]
    assert [test.label for test in report.tests] == [
        "total([1]) == 2", "src/orders.test.mjs::two",
    ]  # fmt: skip
    assert {test.label for test in report.passed(1)} == {"total([1]) == 2"}


@NODE
def test_what_scripts_do_is_their_own_outcome() -> None:
    code = "// f(2) === 4\nconst f = (x) => {‸};\n"
    bodies = [
        " return x * 2; ", " while (true) {} ", " process.exit(0); ", " throw new Error('no'); ",
        " for (;;) console.log('x'.repeat(9999)); ",
    ]  # fmt: skip
    report = _run("javascript", "", code, bodies)
    endings = [outcome.ending for (outcome,) in report.outcomes]
    assert endings == [Ending.PASS, Ending.TIMEOUT, Ending.DIED, Ending.ERROR, Ending.TIMEOUT]


@NODE
def test_a_test_behind_one_that_hangs_is_still_run() -> None:
    code = "// f(1) === 1\n// f(2) === 2\n// f(3) === 3\nfunction f(x) {‸}\n"
    report = _run("javascript", "f.js", code, [" while (x === 2); return x; "])
    endings = [outcome.ending for outcome in report.outcomes[0]]
    assert endings == [Ending.PASS, Ending.TIMEOUT, Ending.PASS]


@NODE
def test_typescript_needs_no_compiler() -> None:
    sources = Sources("src/f.ts", tests={"src/f.test.ts": TYPED_TEST})
    bodies = [" const twice: number = x * 2; return twice; ", " return x + 2; "]
    report = _run("typescript", "src/f.ts", TYPED, bodies, sources)
    assert _outcomes(report) == [PASS, FAIL]
    assert len(report.passed(0)) == 2


@NODE
def test_typescript_that_needs_a_compiler_says_so() -> None:
    code = "enum Color { Red }\n" + TYPED
    report = _run("typescript", "f.ts", code, [" return x * 2; "])
    assert _outcomes(report) == [SKIP]
    assert "an enum has to be compiled" in report.verdict(0).detail


@NODE
def test_runners_that_are_not_there_say_so() -> None:
    text = 'import { expect, it } from "vitest";\nimport { f } from "./f";\nit("a", () => f(1));\n'
    report = _run(
        "javascript", "f.js", "export function f(x) {‸}\n", [" return x; "],
        Sources("f.js", tests={"f.test.js": text}),
    )  # fmt: skip
    assert _outcomes(report) == [SKIP]
    assert "vitest is not in a folder of `tests.packages`" in report.verdict(0).detail


@pytest.mark.needs("sandbox")
def test_without_a_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    node.node_refusal.cache_clear()
    go.go_refusal.cache_clear()
    try:
        assert unrunnable("typescript") == "node is not installed"
        assert unrunnable("go") == "go is not installed"
    finally:
        node.node_refusal.cache_clear()
        go.go_refusal.cache_clear()


TAP = """\
TAP version 13
# Subtest: outer
    # Subtest: inner
    not ok 1 - inner
      ---
      error: |-
        Expected values to be strictly equal:
      code: 'ERR_ASSERTION'
      ...
    1..1
not ok 1 - outer
  ---
  error: '1 subtest failed'
  ...
ok 2 - fine
ok 3 - later # SKIP
not ok 4 - throws
  ---
  error: 'boom'
  ...
"""


def test_tap_is_read() -> None:
    endings = {name: outcome.ending for name, outcome in tap_outcomes(TAP).items()}
    assert endings == {
        "inner": Ending.FAIL, "outer": Ending.ERROR, "fine": Ending.PASS, "throws": Ending.ERROR,
    }  # fmt: skip


def test_jest_is_read() -> None:
    report = (
        'noise\n{"testResults":[{"assertionResults":[{"title":"a","status":"passed"},'
        '{"title":"b","status":"failed","failureMessages":["expected 1 to be 2"]},'
        '{"title":"c","status":"pending"}]},{"message":"cannot load","assertionResults":[]}]}'
    )
    endings = {name: outcome.ending for name, outcome in json_outcomes(report).items()}
    assert endings == {"a": Ending.PASS, "b": Ending.FAIL, "": Ending.ERROR}
    assert json_outcomes("nothing") == {}
