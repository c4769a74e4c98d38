"""The tests of a workspace: found by reading, run where they can be, otherwise left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from code_checks.execution.environment import RunEnvironment
from code_checks.execution.run_tests import RunReport, run_tests
from code_checks.execution.visible_tests import visible_tests
from code_checks.execution.workspace_tests import imported_paths, is_test_path, mentions
from code_checks.sandbox import JudgeLimits
from code_checks.trees.functions import Function, function_around
from code_checks.verdict import Outcome
from ensemble.cascade.workspace_sources import sources_of
from ensemble.file_rules import FileRules
from ensemble.request import CompletionRequest
from tests.notation import hole

LIMITS = JudgeLimits(test_cpu_seconds=2, test_seconds=2.0, candidate_seconds=8.0)
ORDERS = """\
from .tax import RATE


def total(prices):
    \"\"\"Return the sum with tax.\"\"\"
    ‸
"""
CASES_FILE = """\
import socket
import time
import unittest

from shop.orders import total


def test_two():
    assert total([1, 2]) == 6


class TestTotal(unittest.TestCase):
    def setUp(self):
        self.prices = [3]

    def test_three(self):
        self.assertEqual(total(self.prices), 6)


class TestPlain:
    def test_none(self):
        assert total([]) == 0


def test_something_else():
    assert 1 + 1 == 2


def test_needs_a_service():
    socket.create_connection(("192.0.2.1", 9), timeout=1)
    assert total([]) == 0


def test_is_slow():
    time.sleep(30)
    assert total([]) == 0


def test_is_broken():
    assert totl([]) == 0


def test_needs_a_fixture(prices):
    assert total(prices) == 0
"""
FILES = {
    "shop/__init__.py": "",
    "shop/orders.py": ORDERS.replace("‸", "pass"),
    "shop/tax.py": "RATE = 2\n",
    "shop/unused.py": "raise SystemExit\n",
    "tests/test_orders.py": CASES_FILE,
    "tests/test_other.py": "from shop.tax import RATE\n\n\ndef test_total():\n    assert RATE\n",
    "tests/test_secret.py": "from shop.orders import total\n\n\ndef test_it():\n    total([])\n",
    "tests/helpers.py": "from shop.orders import total\n",
    "node_modules/a/test_orders.py": "from shop.orders import total\n",
}


def _workspace(folder: Path, files: dict[str, str]) -> FileRules:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return FileRules(folder, exclude=("tests/test_secret.py",))


def _run(
    folder: Path, language: str, path: str, code: str, files: dict[str, str], bodies: list[str]
) -> RunReport:
    place = hole(language, code)
    function = function_around(place)
    assert function is not None
    rules = _workspace(folder, files)
    sources = sources_of(CompletionRequest(place, 60.0, path=path, rules=rules), function)
    environment = sources.environment()
    environment = RunEnvironment(environment.path, environment.files, limits=LIMITS)
    return run_tests(place, bodies, visible_tests(function, place, sources), environment)


def test_what_is_read(tmp_path: Path) -> None:
    place = hole("python", ORDERS)
    function = function_around(place)
    assert function is not None
    request = CompletionRequest(
        place, 60.0, path="shop/orders.py", rules=_workspace(tmp_path, FILES)
    )
    sources = sources_of(request, function)
    assert set(sources.tests) == {"tests/test_orders.py"}
    assert set(sources.files) == {"shop/__init__.py", "shop/tax.py"}
    assert not sources_of(CompletionRequest(place, 60.0, path="shop/orders.py"), function).tests


@pytest.mark.needs("sandbox")
def test_python(tmp_path: Path) -> None:
    bodies = ["return sum(prices) * RATE", "return sum(prices)"]
    report = _run(tmp_path, "python", "shop/orders.py", ORDERS, FILES, bodies)
    assert report.refusal == ""
    assert [test.label.partition("::")[2] for test in report.tests] == [
        "test_two", "TestTotal.test_three", "TestPlain.test_none",
    ]  # fmt: skip
    assert [report.verdict(index).outcome for index in range(2)] == [Outcome.PASS, Outcome.FAIL]
    reasons = {test.label.partition("::")[2]: reason for test, reason in report.unusable}
    assert set(reasons) == {
        "test_something_else", "test_needs_a_service", "test_is_slow", "test_is_broken",
        "test_needs_a_fixture",
    }  # fmt: skip
    assert "OSError" in reasons["test_needs_a_service"]
    assert "NameError" in reasons["test_is_broken"]
    assert "pytest" in reasons["test_needs_a_fixture"]


@pytest.mark.needs("sandbox")
def test_pytest_where_the_settings_name_its_folder(tmp_path: Path) -> None:
    text = (
        "import pytest\n\nfrom shop import orders\n\n\n@pytest.fixture\ndef ones():\n"
        "    return [1, 1]\n\n\n@pytest.mark.parametrize('n', [1, 2])\ndef test_n(ones, n):\n"
        "    assert orders.total(ones * n) == 4 * n\n"
    )
    place = hole("python", ORDERS)
    function = function_around(place)
    assert function is not None
    files = {"shop/__init__.py": "", "shop/tax.py": "RATE = 2\n", "tests/test_orders.py": text}
    tests = visible_tests(
        function,
        place,
        sources_of(
            CompletionRequest(
                place, 60.0, path="shop/orders.py", rules=_workspace(tmp_path, files)
            ),
            function,
        ),
    )
    packages = (Path(pytest.__file__).resolve().parent.parent,)
    limits = JudgeLimits(test_cpu_seconds=10, test_seconds=20.0, candidate_seconds=30.0)
    environment = RunEnvironment("shop/orders.py", files, packages, limits)
    report = run_tests(place, ["return sum(prices) * RATE", "return 4"], tests, environment)
    assert [report.verdict(index).outcome for index in range(2)] == [Outcome.PASS, Outcome.FAIL]


@pytest.mark.needs("sandbox")
def test_only_broken_tests_are_a_reason_and_no_failure(tmp_path: Path) -> None:
    files = {
        "a.py": "", "test_a.py": "from a import total\n\n\ndef test_a():\n    assert totl() == 1\n",
    }  # fmt: skip
    report = _run(tmp_path, "python", "a.py", "def total():\n    ‸\n", files, ["return 1"])
    verdict = report.verdict(0)
    assert verdict.outcome is Outcome.SKIP
    assert "test_a.py::test_a does not reach the function: NameError" in verdict.detail


PATHS = {
    ("tests/test_a.py", "python"): True,
    ("a_test.py", "python"): True,
    ("tests.py", "python"): True,
    ("contest.py", "python"): False,
    ("test_a.py", "go"): False,
    ("a.test.ts", "typescript"): True,
    ("a.spec.jsx", "javascriptreact"): True,
    ("__tests__/a.mjs", "javascript"): True,
    ("src/a.ts", "typescript"): False,
    ("a_test.go", "go"): True,
    ("a_test.rs", "rust"): False,
}


@pytest.mark.parametrize(("path", "language"), PATHS)
def test_names_of_tests(path: str, language: str) -> None:
    assert is_test_path(path, language) is PATHS[path, language]


def _function(name: str, owner: str = "", language: str = "python") -> Function:
    return Function(language, name, owner, (), "", (0, 0), (0, 0), is_stub=True)


def test_who_mentions_whom() -> None:
    assert mentions("from shop.orders import total", _function("total"), "shop/orders.py")
    assert not mentions("from shop.orders import totals", _function("total"), "shop/orders.py")
    assert not mentions("total = 1", _function("total"), "shop/orders.py")
    assert mentions("from shop import total", _function("total"), "shop/__init__.py")
    assert not mentions("orders.add()", _function("add", owner="Cart"), "orders.py")
    assert mentions("Total(1)", _function("Total", language="go"), "orders.go")


def test_what_imports_may_mean() -> None:
    python = set(imported_paths("python", "shop/orders.py", "from .tax import RATE\nimport a.b"))
    assert {"shop/tax.py", "a/__init__.py", "a/b.py", "src/a/b.py", "shop/a/b.py"} <= python
    script = set(imported_paths("typescript", "src/a.ts", "import x from '../lib/b';"))
    assert {"lib/b.ts", "lib/b/index.js", "package.json"} <= script
    assert not any("escape" in path for path in imported_paths(
        "javascript", "a.js", "require('../escape')"
    ))  # fmt: skip
