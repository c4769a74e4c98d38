"""Where new tests go, and how they are written there."""

from __future__ import annotations

from pathlib import Path

import pytest

from code_checks.execution import python_test_file as layout
from code_checks.execution.python_test_file import TestFile, WrittenTest, for_file, for_script
from code_checks.trees.functions import function_around
from tests.notation import hole

PASSING = [WrittenTest("assert add(1, 2) == 3"), WrittenTest("assert add(0, 0) == 0")]
FAILING = WrittenTest("assert add(\n    1, 1\n) == 3", passes=False, failure="TypeError: x")
ADD = function_around(hole("python", "def add(a, b):\n    return ‸a + b\n"))
assert ADD is not None


@pytest.mark.parametrize(
    ("files", "path", "expected", "module"),
    [
        ([".git"], "shop.py", "tests/test_shop.py", "shop"),
        (["tests/"], "shop.py", "tests/test_shop.py", "shop"),
        (["test/"], "shop.py", "test/test_shop.py", "shop"),
        (["pyproject.toml"], "src/pkg/shop.py", "tests/test_shop.py", "pkg.shop"),
        (["tests/pkg/test_shop.py"], "pkg/shop.py", "tests/pkg/test_shop.py", "pkg.shop"),
        (["test/test_shop.py", "tests/"], "shop.py", "test/test_shop.py", "shop"),
        (["setup.py"], "pkg/__init__.py", "tests/test_pkg.py", "pkg"),
        ([], "shop.py", None, None),
        ([".git"], "my-script.py", None, None),
        ([".git"], "2024/shop.py", None, None),
        ([".git"], "", None, None),
    ],
)
def test_where_tests_go(
    tmp_path: Path, files: list[str], path: str, expected: str | None, module: str | None
) -> None:
    for name in files:
        target = tmp_path / name
        if name.endswith("/"):
            target.mkdir()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("# here\n")
    found = layout.test_file(tmp_path, path)
    assert (found and found.path, found and found.module) == (expected, module)
    assert found is None or found.text == ("# here\n" if expected in files else "")


def test_without_a_workspace_there_is_no_file() -> None:
    assert layout.test_file(None, "shop.py") is None


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (
            "",
            "from shop import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n"
            "    assert add(0, 0) == 0\n",
        ),
        (
            "from shop import add\n\n\ndef test_add():\n    pass\n",
            "\n\ndef test_add_2():\n    assert add(1, 2) == 3\n    assert add(0, 0) == 0\n",
        ),
        (
            "import unittest\n\nfrom shop import (\n    other,\n)\n",
            "\n\nfrom shop import add\n\n\nclass TestAdd(unittest.TestCase):\n"
            "    def test_add(self):\n        assert add(1, 2) == 3\n"
            "        assert add(0, 0) == 0\n",
        ),
    ],
)
def test_what_is_added_to_a_file(held: str, expected: str) -> None:
    assert ADD is not None
    text = for_file(PASSING, ADD, TestFile("tests/test_shop.py", held, "shop"))
    assert text == expected
    compile(held + text, "test_shop.py", "exec")


@pytest.mark.parametrize("held", ["", "import unittest\n"])
def test_those_that_fail_are_marked(held: str) -> None:
    assert ADD is not None
    text = for_file([*PASSING, FAILING], ADD, TestFile("tests/test_shop.py", held, "shop"))
    before, mark, after = text.partition("# The function as it is fails this one")
    assert mark and "# TypeError: x" in after and "test_add_failing" in after
    assert "test_add(" in before and "1, 1" not in before
    compile(held + text, "test_shop.py", "exec")


def test_below_a_function_of_a_script() -> None:
    assert ADD is not None
    text = for_script([FAILING], ADD, "def test_add_failing(): pass\n")
    assert "def test_add_failing_2():" in text and "import" not in text
    compile(text, "script.py", "exec")
