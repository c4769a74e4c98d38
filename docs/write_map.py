"""Write the maps: what is listed in folders' README files, and in `docs/architecture.md`.

Run `python docs/write_map.py` after adding, removing or renaming a module or a folder, or after
changing the first line of one. What stands above a list is written by people: a folder's README
begins with one sentence on what the folder is for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.tidy.sources import PACKAGES, ROOT, files, text
from tests.tidy.test_layers import FLAT, FOLDERS

LISTED = "<!-- Written by docs/write_map.py from the first line of each; change those. -->"
"""What stands before the list in a README file that has one."""

PAGE = "docs/architecture.md"
BEGIN = "<!-- Written by docs/write_map.py from the folders' README files; change those. -->"
END = "<!-- The end of what docs/write_map.py writes. -->"


def pages() -> dict[str, str]:
    """Return every page that has a map, by its name, as it should be."""
    readmes = [name for name in files() if name.endswith("README.md") and LISTED in text(name)]
    written = {name: _readme(name) for name in readmes}
    before, _, rest = text(PAGE).partition(BEGIN)
    _, _, after = rest.partition(END)
    written[PAGE] = f"{before}{BEGIN}\n\n{_map()}\n{END}{after}"
    return written


def product_folders() -> list[str]:
    """Return every folder of the product that holds a file in version control."""
    return sorted({str(Path(name).parent) for name in files() if name.split("/")[0] in PACKAGES})


def sentence_of(folder: str) -> str:
    """Return what a folder's README says first, "" if it has none."""
    name = f"{folder}/README.md"
    parts = text(name).split("\n\n") if name in files() else []
    return " ".join(parts[1].split()) if len(parts) > 1 else ""


def _readme(name: str) -> str:
    before, _, _ = text(name).partition(LISTED)
    return f"{before}{LISTED}\n" + "".join(f"{line}\n" for line in _listed(str(Path(name).parent)))


def _listed(folder: str) -> Iterator[str]:
    """Yield a line for each folder and each module in a folder."""
    below = {parent for name in files() for parent in Path(name).parents}
    for path in sorted(below):
        if str(path.parent) == folder and sentence_of(str(path)):
            yield f"- [`{path.name}/`]({path.name}/README.md): {sentence_of(str(path))}"
    for name in files():
        if name.endswith(".py") and str(Path(name).parent) == folder:
            module = ast.parse(text(name))
            has_code = any(not isinstance(node, ast.Expr) for node in module.body)
            if not name.endswith("/__init__.py") or has_code:
                said = (ast.get_docstring(module) or "").partition("\n\n")[0]
                yield f"- `{Path(name).name}`: {' '.join(said.split())}"


def _map() -> str:
    """Return the table of each package's folders, in the order in which they build on another."""
    return "\n".join(_package(package) for package in reversed(PACKAGES))


def _package(package: str) -> str:
    rows = [f"### {package}\n\n{sentence_of(package)}\n\n| folder | holds |\n|---|---|\n"]
    for folder in reversed(FOLDERS[package]):
        if folder == FLAT:
            rows.append(f"| [files of its own](../{package}/README.md) | {_flat(package)} |\n")
        for path in product_folders():
            if path == f"{package}/{folder}" or path.startswith(f"{package}/{folder}/"):
                shown = path.removeprefix(f"{package}/")
                rows.append(f"| [`{shown}/`](../{path}/README.md) | {sentence_of(path)} |\n")
    return "".join(rows)


def _flat(package: str) -> str:
    names = [Path(name) for name in files() if str(Path(name).parent) == package]
    return ", ".join(
        f"`{path.name}`" for path in names if path.suffix == ".py" and path.name != "__init__.py"
    )


if __name__ == "__main__":
    for name, page in pages().items():
        (ROOT / name).write_text(page, encoding="utf-8")
