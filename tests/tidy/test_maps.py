"""The maps are true: folders' README files, and `docs/architecture.md`."""

from __future__ import annotations

import runpy
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
