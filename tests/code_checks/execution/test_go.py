"""Go, run by its own tool where there is one."""

from __future__ import annotations

import pytest

from code_checks.execution.environment import RunEnvironment
from code_checks.execution.run_tests import run_tests
from code_checks.execution.visible_tests import Sources, visible_tests
from code_checks.trees.functions import function_around
from code_checks.verdict import Outcome
from tests.notation import hole

CODE = """\
package shop

// Twice doubles: Twice(2) == 4 and Twice(3) returns 6.
func Twice(x int) int {‸}
"""
TESTS = """\
package shop

import (
	"fmt"
	"testing"
)

func TestTwice(t *testing.T) {
	if Twice(5) != 10 {
		t.Fatal("five")
	}
}

func TestOther(t *testing.T) {}

func ExampleTwice() {
	fmt.Println(Twice(4))
	// Output: 8
}
"""


@pytest.mark.needs("sandbox", "go")
def test_go() -> None:
    place = hole("go", CODE)
    function = function_around(place)
    assert function is not None
    sources = Sources("shop/shop.go", tests={"shop/shop_test.go": TESTS})
    tests = visible_tests(function, place, sources)
    bench = RunEnvironment(sources.path, sources.bench().files)
    report = run_tests(place, ["\n\treturn x * 2\n", "\n\treturn 4\n"], tests, bench)
    assert [test.label for test, _ in report.unusable] == ["shop/shop_test.go::TestOther"]
    verdicts = [report.verdict(index) for index in range(2)]
    assert [verdict.outcome for verdict in verdicts] == [Outcome.PASS, Outcome.FAIL]
    assert verdicts[0].detail == "4 of 4 tests pass"
    assert "Twice(3) is 4, not 6" in verdicts[1].detail
