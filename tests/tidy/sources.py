"""The repository's own files, as git sees them, and what its Python modules import."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]

PACKAGES = ("code_checks", "ensemble", "lsp_server")
"""The product: what the wheel contains."""


class Import(NamedTuple):
    """One imported module, by its full name, and where."""

    module: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


@cache
def files() -> tuple[str, ...]:
    """Return every file that is or will be in version control, relative to the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(sorted(name for name in set(listed.split("\0")) if (ROOT / name).is_file()))


def text(name: str) -> str:
    """Return a file's text, "" for a binary file."""
    content = (ROOT / name).read_bytes()
    return "" if b"\0" in content else content.decode(errors="replace")


def documents() -> list[str]:
    """Return the Markdown files that users and developers read."""
    return [name for name in files() if name.endswith(".md")]


def product_modules() -> list[str]:
    """Return the Python files of the product."""
    return [name for name in files() if name.split("/")[0] in PACKAGES and name.endswith(".py")]


def imports_of(package: str) -> Iterator[Import]:
    """Yield every import statement of a package, those inside functions included."""
    for name in product_modules():
        if name.startswith(f"{package}/"):
            yield from imports_in(name, text(name))


def imports_in(name: str, source: str) -> Iterator[Import]:
    """Yield the imports of one module; `from a import b` gives `a.b`, since b may be a module."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import():
                yield from (Import(alias.name, name, node.lineno) for alias in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                for alias in node.names:
                    yield Import(f"{module}.{alias.name}", name, node.lineno)
            case ast.ImportFrom(level=level, module=module):
                base = ".".join(Path(name).parts[:-level])
                whole = f"{base}.{module}" if module else base
                yield from (Import(f"{whole}.{alias.name}", name, node.lineno)
                            for alias in node.names)  # fmt: skip
            case ast.Call(func=ast.Name(id="__import__" | "import_module")
                          | ast.Attribute(attr="import_module"),
                          args=[ast.Constant(value=str(module)), *_]):  # fmt: skip
                yield Import(module, name, node.lineno)
            case _:
                pass


def file_of(module: str) -> str | None:
    """Return the file that holds a module, or the module of which it is a name; None for a library.

    `ensemble.candidate.Stop` is in `ensemble/candidate.py`, and what stands in a package itself is
    in its `__init__.py`.
    """
    known = _names()
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        path = "/".join(parts[:length])
        for name in (f"{path}.py", f"{path}/__init__.py"):
            if name in known:
                return name
    return None


@cache
def _names() -> frozenset[str]:
    return frozenset(files())


def is_in(module: str, package: str) -> bool:
    """Say whether a module is a package or lies in it."""
    return module == package or module.startswith(f"{package}.")
