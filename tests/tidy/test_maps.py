"""The maps are true: folders' README files, and `docs/architecture.md`."""

from __future__ import annotations

import ast
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tidy.sources import ROOT, files, text

MAP: dict[str, Any] = runpy.run_path(str(ROOT / "docs" / "write_map.py"))
FOLDERS: list[str] = MAP["product_folders"]()
OTHERS = ("benchmarks", "benchmarks/quality", "docs", "editors", "editors/neovim",
          "editors/vscode", "tests", "training")  # fmt: skip
"""Folders outside the product that say what they are for."""

SELF_EVIDENT = ("__init__.py", "py.typed", "README.md")

WALK = text("docs/architecture.md").partition("\n## One keystroke, file by file\n")[2]
WALK = WALK.partition("\n## ")[0]
"""How a keystroke goes through the product, hand-off by hand-off."""

HAND_OFF = re.compile(r"^(\d+)\. (.*?)(?=^\d+\. |\n\n)", re.M | re.S)
PLACE = re.compile(r"`((?:code_checks|ensemble|lsp_server)/[\w/]+\.py)(?:::([\w.]+))?`")

ONCE = 22
"""How many hand-offs there were from bytes to `llama_decode` before they were counted."""


@pytest.mark.parametrize("name", MAP["pages"]())
def test_a_map_is_as_it_would_be_written_now(name: str) -> None:
    assert text(name) == MAP["pages"]()[name], "run python docs/write_map.py"


@pytest.mark.parametrize("folder", [*FOLDERS, *OTHERS])
def test_a_folder_says_what_it_is_for(folder: str) -> None:
    assert MAP["sentence_of"](folder).endswith(".")


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_readme_names_all_that_its_folder_holds(folder: str) -> None:
    readme = text(f"{folder}/README.md")
    held = {Path(name).relative_to(folder).parts[0] for name in files() if is_in(name, folder)}
    names = [name if "." in name else f"{name}/" for name in held - set(SELF_EVIDENT)]
    assert [name for name in names if f"`{name}`" not in readme] == []


def is_in(name: str, folder: str) -> bool:
    return name.startswith(f"{folder}/")


def test_the_readme_of_the_neovim_plugin_lists_its_files() -> None:
    readme = text("editors/neovim/README.md")
    held = [name.removeprefix("editors/neovim/") for name in files()
            if is_in(name, "editors/neovim") and name.endswith(".lua")]  # fmt: skip
    assert [name for name in held if f"`{name}`" not in readme] == []


def test_the_index_of_the_documentation_lists_its_pages() -> None:
    pages = [name.removeprefix("docs/") for name in files() if is_in(name, "docs")]
    pages = [page for page in pages if page.endswith(".md") and page != "README.md"]
    assert [page for page in pages if f"]({page})" not in text("docs/README.md")] == []


def names_in(file: str) -> Iterator[str]:
    """Yield the names of a module's functions and classes, and of methods behind their class's."""
    for node in ast.parse(text(file)).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.ClassDef):
            yield node.name
            for member in node.body:
                if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{node.name}.{member.name}"


def missing(file: str, name: str) -> bool:
    """Whether there is no such file, or nothing of such a name in it."""
    return file not in files() or (bool(name) and name not in names_in(file))


def test_every_place_on_the_way_of_a_keystroke_exists() -> None:
    assert [place for place in PLACE.findall(WALK) if missing(*place)] == []


def test_the_hand_offs_of_a_keystroke_are_counted() -> None:
    hand_offs = HAND_OFF.findall(WALK)
    assert [int(number) for number, _ in hand_offs] == list(range(1, len(hand_offs) + 1))
    assert all(PLACE.match(said) for _, said in hand_offs)
    assert 1 < len(hand_offs) < ONCE


@pytest.mark.parametrize(
    ("file", "name", "expected"),
    [
        ("ensemble/cascade/cascade.py", "Cascade.answers", False),
        ("ensemble/voting/vote.py", "elect", False),
        ("ensemble/voting/vote.py", "", False),
        ("ensemble/voting/vote.py", "answers", True),
        ("ensemble/voting/nothing.py", "", True),
    ],
)
def test_a_missing_place_is_noticed(file: str, name: str, expected: bool) -> None:
    assert missing(file, name) is expected
