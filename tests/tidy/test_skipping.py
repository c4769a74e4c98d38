"""A test that lacks something is skipped in one way, which says what is missing: tests/tools.py."""

from __future__ import annotations

import ast

import pytest
from _pytest.outcomes import Failed, Skipped

from tests.tidy.sources import files, text
from tests.tools import TOOLS, Tool, require

HOME = "tests/tools.py"
LIBRARIES = {"pytest", "mark", "unittest", "self"}
WAYS = {"skip", "skipif", "importorskip", "skipIf", "skipUnless", "skipTest", "SkipTest"}


def skips(source: str) -> list[int]:
    """Return the lines in which a module skips by itself, whichever way it takes."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(attr=way, value=ast.Name(id=of) | ast.Attribute(attr=of)):
                if way in WAYS and of in LIBRARIES:
                    found.append(node.lineno)
            case ast.ImportFrom(module="pytest" | "unittest", names=names):
                if WAYS.intersection(name.name for name in names):
                    found.append(node.lineno)
            case _:
                pass
    return found


def test_nothing_is_skipped_in_a_way_of_its_own() -> None:
    wrong = [
        f"{name}:{line}"
        for name in files()
        if name.startswith("tests/") and name.endswith(".py") and name != HOME
        for line in skips(text(name))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("pytest.skip('why')", [1]),
        ("@pytest.mark.skipif(True, reason='why')\ndef test(): pass", [1]),
        ("yaml = pytest.importorskip('yaml')", [1]),
        ("from pytest import skip", [1]),
        ("@unittest.skipUnless(True, 'why')\ndef test(): pass", [1]),
        ("from tests.tools import skip\nskip('why')", []),
        ("@pytest.mark.needs('go')\ndef test(): pass", []),
        ("cursor.skip(3)", []),
    ],
)
def test_the_search_knows_the_ways(source: str, expected: list[int]) -> None:
    assert skips(source) == expected


def test_the_search_would_find_the_home() -> None:
    assert skips(text(HOME))


@pytest.mark.parametrize(
    ("vital", "ci", "expected"),
    [(False, "", Skipped), (False, "true", Skipped), (True, "", Skipped), (True, "true", Failed)],
)
def test_what_is_missing_is_said(
    monkeypatch: pytest.MonkeyPatch, vital: bool, ci: str, expected: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)
    name = f"a tool, {vital=}"
    monkeypatch.setitem(TOOLS, name, Tool(lambda: "it is not here", "bring it", vital))
    with pytest.raises(expected, match="it is not here: bring it"):
        require(name)


def test_what_is_there_is_no_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TOOLS, "a tool that is there", Tool(lambda: "", "bring it"))
    require("a tool that is there")
