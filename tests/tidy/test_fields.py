"""Fields are documented where they stand: by a text below the field, which editors show."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.tidy.sources import product_modules, text

FEW = 3
"""From so many fields on a class's one sentence cannot tell what each of them means."""

SELF_EVIDENT = frozenset(
    {"language", "message", "model", "name", "path", "text", "tier", "title", "uri"}
)
"""Names that say all about a field, beside those that repeat the field's type (`hole: Hole`)."""


def undocumented(source: str) -> Iterator[tuple[str, str]]:
    """Yield the class and the name of every field that nothing documents.

    A field may also be named between backticks in the sentence that documents the one above it.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            fields = list(_fields(node))
            if len(fields) >= FEW:
                said = " ".join(said for _, said in fields)
                yield from (
                    (node.name, name)
                    for (name, says_itself), text_below in fields
                    if not (says_itself or text_below or f"`{name}`" in said)
                )


def _fields(node: ast.ClassDef) -> Iterator[tuple[tuple[str, bool], str]]:
    """Yield the fields of a class: name, whether it says all by itself, and the text below it."""
    for statement, below in zip(node.body, [*node.body[1:], None], strict=True):
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                kind = ast.unparse(annotation)
                if "ClassVar" not in kind:
                    yield (name, name in SELF_EVIDENT or name == kind.lower()), _text(below)


def _text(statement: ast.stmt | None) -> str:
    match statement:
        case ast.Expr(value=ast.Constant(value=str(said))):
            return said
        case _:
            return ""


def found() -> dict[str, list[str]]:
    """Return the undocumented fields of the product, by file and class."""
    missing: dict[str, list[str]] = {}
    for file in product_modules():
        for owner, name in undocumented(text(file)):
            missing.setdefault(f"{file}::{owner}", []).append(name)
    return missing


def test_every_field_is_documented_where_it_stands() -> None:
    assert found() == {}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ('a: int\n    """A."""\n    b: int\n    c: int', ["b", "c"]),
        ('a: int\n    """With `b` and `c`."""\n    b: int\n    c: int', []),
        ("a: int\n    b: int", []),
        ("hole: Hole\n    name: str\n    c: int", ["c"]),
        ("A: ClassVar[int]\n    b: int\n    c: int", []),
    ],
)
def test_undocumented_fields_are_seen(fields: str, expected: list[str]) -> None:
    assert [name for _, name in undocumented(f"class C:\n    {fields}\n")] == expected
