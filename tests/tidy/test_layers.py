"""Who may import whom: packages, the folders inside them, and libraries in one place each."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter, defaultdict
from graphlib import TopologicalSorter

import pytest

from tests.tidy.sources import (
    PACKAGES,
    Import,
    file_of,
    imports_in,
    imports_of,
    is_in,
    product_modules,
)

ABOVE = {
    "code_checks": ("ensemble", "lsp_server"),
    "ensemble": ("lsp_server",),
    "lsp_server": (),
}
"""The packages that each package must not know."""

FLAT = "(flat)"
"""The files that lie directly in a package."""

FOLDERS = {
    "code_checks": (
        FLAT, "languages", "text", "trees", "python", "sandbox", "trim", "checks", "fixes",
        "execution",
    ),
    "ensemble": (
        FLAT, "trace", "linear", "policy", "models", "engines", "model_store", "prompts", "voting",
        "routing", "reward", "cascade", "learning", "code_actions", "evaluation", "merging",
        "inference",
    ),
    "lsp_server": (
        "settings", "documents", "answers", "protocol", "feedback", "code_actions", "server",
        "commands", FLAT,
    ),
}  # fmt: skip
"""The folders of each package from the lowest to the highest. A folder imports only folders that
stand before it; what lies deeper belongs to its folder."""

OWED: set[tuple[str, str]] = set()
"""Imports against the order, or back to an importer, that are still to be removed: (the importing
file, the imported file). This list only shrinks."""

MOST_MODULES = 15
"""The largest number of modules in one folder, which a reader can still take in at a glance."""

OUTSIDE = ("tests", "training", "benchmarks", "editors")
"""What the wheel does not contain."""

HOMES = {
    "llama_cpp": ("ensemble/inference/",),
    "ensemble.inference": ("ensemble/inference/",),
    "pygls": ("lsp_server/",),
    "lsprotocol": ("lsp_server/",),
    "typer": ("lsp_server/",),
    "rich": ("lsp_server/",),
    "ssl": ("ensemble/engines/remote/",),
    "httpx": ("ensemble/engines/remote/",),
    "huggingface_hub": ("ensemble/model_store/",),
    "httpx2": ("ensemble/model_store/",),
    "http": (),
    "urllib.request": (),
    "requests": (),
}
"""The beginnings of the file names that alone may import a library. What speaks over a network has
one home for the servers that a person configured, and one for downloads that a person typed."""


def misplaced(module: str, homes: tuple[str, ...]) -> list[str]:
    """Return the imports of a module, or of anything in it, outside its homes."""
    return [
        str(found)
        for package in PACKAGES
        for found in imports_of(package)
        if is_in(found.module, module) and not found.file.startswith(homes)
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_nothing_above_it(package: str) -> None:
    above = (*ABOVE[package], *OUTSIDE)
    wrong = [str(i) for i in imports_of(package) if any(is_in(i.module, name) for name in above)]
    assert wrong == []


def folder_of(file: str) -> str:
    """Return the folder, directly below its package, in which a file lies."""
    parts = file.split("/")
    return parts[1] if len(parts) > 2 else FLAT


def edges(package: str) -> dict[tuple[str, str], Import]:
    """Return the imports between files of one package, by the importing and the imported file."""
    found = {}
    for each in imports_of(package):
        target = file_of(each.module)
        if target is not None and target.startswith(f"{package}/") and target != each.file:
            found[each.file, target] = each
    return found


def upward(package: str) -> set[tuple[str, str]]:
    """Return the imports of a folder that stands above the importing file's own."""
    place = {folder: number for number, folder in enumerate(FOLDERS[package])}
    return {
        (file, target)
        for file, target in edges(package)
        if place[folder_of(target)] > place[folder_of(file)]
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_folders_import_downwards(package: str) -> None:
    """Imports for type checking, and those inside functions, count like all others."""
    assert upward(package) - OWED == set()


def test_no_module_imports_its_importer() -> None:
    """Neither directly nor through others, inside a folder and between folders."""
    graph: dict[str, list[str]] = defaultdict(list)
    for package in PACKAGES:
        for file, target in edges(package).keys() - OWED:
            graph[file].append(target)
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_what_is_no_longer_owed_is_not_listed() -> None:
    known = {edge for package in PACKAGES for edge in edges(package)}
    assert OWED - known == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_has_its_place(package: str) -> None:
    found = {folder_of(name) for name in product_modules() if name.startswith(f"{package}/")}
    assert found == set(FOLDERS[package])


def test_a_folder_can_be_taken_in_at_a_glance() -> None:
    sizes = Counter(
        name.rpartition("/")[0] for name in product_modules() if not name.endswith("/__init__.py")
    )
    assert {folder: size for folder, size in sizes.items() if size > MOST_MODULES} == {}


@pytest.mark.parametrize("module", HOMES)
def test_a_library_is_imported_in_its_home_only(module: str) -> None:
    assert misplaced(module, HOMES[module]) == []


@pytest.mark.parametrize(
    "module", ["llama_cpp", "pygls", "ssl", "httpx", "huggingface_hub", "httpx2"]
)
def test_the_homes_are_real(module: str) -> None:
    """The table above would prove nothing if its names were wrong."""
    assert misplaced(module, ("nowhere/",))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a.b", ["a.b"]),
        ("from a import b, c", ["a.b", "a.c"]),
        ("def f():\n    import a", ["a"]),
        ("from . import b", ["pkg.b"]),
        ("from .m import b", ["pkg.m.b"]),
        ("import importlib\nimportlib.import_module('a')", ["importlib", "a"]),
        ("__import__('a')", ["a"]),
        ("if TYPE_CHECKING:\n    import a", ["a"]),
    ],
)
def test_imports_are_seen_in_every_form(source: str, expected: list[str]) -> None:
    assert [found.module for found in imports_in("pkg/file.py", source)] == expected


def loaded_at_the_start(*names: str) -> str:
    """Return which modules of these names the server and the command line load by themselves."""
    script = (
        "import sys, lsp_server.__main__, lsp_server.server.serving\n"
        f"print([name for name in sys.modules if name.startswith({names})])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_neither_the_server_nor_the_command_line_loads_llama() -> None:
    """What native code does to its process, a crash included, stays in the host."""
    assert loaded_at_the_start("llama_cpp", "ggml") == "[]"


def test_neither_loads_an_http_client() -> None:
    """Only who has configured a server waits for it, when that is asked for the first time."""
    assert loaded_at_the_start("httpx", "httpcore", "huggingface_hub") == "[]"
    assert "asyncio" in loaded_at_the_start("asyncio")
