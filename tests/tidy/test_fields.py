"""Classes with several fields say what each is, beside the field."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.tidy.sources import product_modules, text

FOLDERS = ("code_checks/",)
"""The beginnings of the names of the files that are looked at."""

EXCEPT = ("code_checks/sandbox/",)
"""Those of files that are not: their fields still stand in the class's docstring."""

SEVERAL = 3
"""With so many fields a paragraph about all of them is no longer read at a glance."""


def undocumented(source: str) -> Iterator[str]:
    """Yield the fields without a docstring, of classes with several fields."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            found = list(fields_of(node))
            if len(found) >= SEVERAL:
                yield from (f"{node.name}.{name}" for name, is_said in found if not is_said)


def fields_of(node: ast.ClassDef) -> Iterator[tuple[str, bool]]:
    """Yield each field of a class, and whether a docstring follows it."""
    for statement, after in zip(node.body, [*node.body[1:], None], strict=True):
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                if "ClassVar" not in ast.unparse(annotation):
                    yield name, is_docstring(after)
            case _:
                pass


def is_docstring(statement: ast.stmt | None) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case _:
            return False


def test_every_field_is_documented_beside_it() -> None:
    files = [name for name in product_modules()
             if name.startswith(FOLDERS) and not name.startswith(EXCEPT)]  # fmt: skip
    assert files
    assert {name: found for name in files if (found := list(undocumented(text(name))))} == {}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("a: int\n b: int", []),
        ("a: int\n b: int\n c: int\n 'the third'", ["A.a", "A.b"]),
        ("a: int\n 'x'\n b: int = 1\n 'y'\n c: int\n 'z'", []),
        ("a: int\n 'x'\n b: int\n 'y'\n c: ClassVar[int]", []),
    ],
)
def test_a_field_without_documentation_is_noticed(fields: str, expected: list[str]) -> None:
    assert list(undocumented(f"class A:\n {fields}")) == expected
