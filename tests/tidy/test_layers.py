"""Who may import whom: lsp_server → ensemble → code_checks, and libraries in one place each."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.tidy.sources import imports_in, imports_of, is_in

PACKAGES = ("code_checks", "ensemble", "lsp_server")

ABOVE = {
    "code_checks": ("ensemble", "lsp_server"),
    "ensemble": ("lsp_server",),
    "lsp_server": (),
}
"""The packages that each package must not know."""

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
    "http": (),
    "urllib.request": (),
    "requests": (),
}
"""The beginnings of the file names that alone may import a library. What speaks over a network has
one home, for the servers that a person configured."""


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


@pytest.mark.parametrize("module", HOMES)
def test_a_library_is_imported_in_its_home_only(module: str) -> None:
    assert misplaced(module, HOMES[module]) == []


@pytest.mark.parametrize("module", ["llama_cpp", "pygls", "ssl", "httpx"])
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
    assert loaded_at_the_start("httpx", "httpcore") == "[]"
    assert "asyncio" in loaded_at_the_start("asyncio")
