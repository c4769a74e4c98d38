"""The function around a hole: its name, its documentation, and where its body is.

Works on what the editor has, which seldom parses as it is: the hole is filled with a placeholder
first. Python, JavaScript, TypeScript and Go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tree_sitter import Node

from code_checks.hole import Hole
from code_checks.languages import Blocks, Language, language_named, parser
from code_checks.trees.function_nodes import (
    documentation_of,
    name_of,
    owner_of,
    parameters_of,
    statements_of,
    values_of,
)
from code_checks.trees.source_tree import encode

SUPPORTED = frozenset(
    ("python", "javascript", "javascriptreact", "typescript", "typescriptreact", "go")
)
"""The languages whose functions are known here."""

_FUNCTIONS = frozenset((
    "function_definition", "function_declaration", "generator_function_declaration",
    "method_definition", "method_declaration", "arrow_function", "function_expression",
    "generator_function",
))  # fmt: skip
_LEAD = re.compile(r"[ \t]*")
_LONGEST = 400_000  # Characters; nobody completes a function by hand in a longer file.


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a document; spans are offsets into the document, the hole being empty.

    `owner` is the class or the Go receiver's type that it is a method of, or "". `documentation`
    is the docstring and the comments that belong to it, without their marks. `span` reaches from
    its first decorator to its end, `body` covers what a completion of it replaces: its statements
    without the docstring, whole lines in Python and what is between the braces elsewhere.
    `is_stub`: there is nothing in it but `pass`, `...`, a comment or "not implemented".
    """

    language: str
    name: str
    owner: str
    parameters: tuple[str, ...]
    documentation: str
    span: tuple[int, int]
    body: tuple[int, int]
    is_stub: bool
    indent: str = ""
    """What a line of its body begins with; "" where there is no such line."""
    has_values: bool = True
    """Whether calling it by its name alone gives a result that can be compared: it is neither a
    method nor nested in another function nor asynchronous."""

    def body_hole(self, source: str) -> Hole:
        """Return the hole that is left when the body is taken out of the document."""
        return Hole(self.language, source[: self.body[0]], source[self.body[1] :])


@lru_cache(maxsize=16)
def function_around(hole: Hole) -> Function | None:
    """Return the innermost function with a name around a hole, or None."""
    language = language_named(hole.language)
    if language is None or language.name not in SUPPORTED:
        return None
    if len(hole.prefix) + len(hole.suffix) > _LONGEST:
        return None
    for placeholder in _placeholders(hole, language):
        function = _found(hole, language, placeholder)
        if function is not None:
            return function
    return None


def function_at(language: str, source: str, offset: int) -> Function | None:
    """Return the innermost function with a name whose lines, header and decorators included, hold
    an offset of a document as it is."""
    known = language_named(language)
    if known is None or known.name not in SUPPORTED or len(source) > _LONGEST:
        return None
    row = source.count("\n", 0, offset)
    root = parser(known).parse(encode(source)).root_node
    around = [
        node
        for node in _functions_in(root)
        if _outer(node).start_point.row <= row <= node.end_point.row
    ]
    reader = _FunctionReader(Hole(known.name, source, ""), "")
    return next((found for node in reversed(around) if (found := reader.function(node))), None)


def fills_body(hole: Hole) -> bool:
    """Tell whether a hole asks for a function's whole body: nothing else is in it yet.

    The cursor stands on a line of its own, behind the colon or brace that opens the body, or
    between the two braces.
    """
    tail = hole.line_tail.strip()
    head = hole.line_head.strip()
    if tail.strip(");,]}") or (head and not head.endswith((":", "{"))):
        return False
    function = function_around(hole)
    return function is not None and function.is_stub


def _placeholders(hole: Hole, language: Language) -> Iterator[str]:
    """Yield what may stand in the hole so that the document parses, the likeliest first."""
    if language.blocks is not Blocks.INDENTATION:
        yield from ("", "}")  # Nobody may have closed the body yet.
        return
    if hole.line_head.strip():
        yield " pass" if hole.line_head.rstrip().endswith(":") else ""
        return
    if not hole.line_head and not hole.line_tail.strip():
        # A cursor in column 0 below a header or a docstring means the body that is not there yet.
        above = [line for line in hole.prefix[-4000:].splitlines() if line.strip()][-1:]
        lead = _LEAD.match(above[0]) if above else None
        for indent in (lead.group() if lead else "", (lead.group() if lead else "") + "    "):
            if indent and _is_stub_with(hole, language, f"{indent}pass"):
                yield f"{indent}pass"
    yield "pass" if not hole.line_tail.strip() else ""


def _is_stub_with(hole: Hole, language: Language, placeholder: str) -> bool:
    function = _found(hole, language, placeholder)
    return function is not None and function.is_stub


def _found(hole: Hole, language: Language, placeholder: str) -> Function | None:
    source = encode(hole.fill(placeholder))
    at = len(encode(hole.prefix)) + len(placeholder) - len(placeholder.lstrip())
    if not placeholder and language.blocks is Blocks.INDENTATION:
        at = len(encode(hole.prefix.rstrip())) - 1  # Blanks at a line's end are in no node.
    node = parser(language).parse(source).root_node.descendant_for_byte_range(at, at)
    reader = _FunctionReader(hole, placeholder)
    while node is not None:
        if node.type in _FUNCTIONS and _is_inside_body(node, at):
            function = reader.function(node)
            if function is not None:
                return function
        node = node.parent
    return None


def _is_inside_body(node: Node, at: int) -> bool:
    body = node.child_by_field_name("body")
    if body is None:
        return False
    if body.type == "block" and not (body.text or b"").startswith(b"{"):
        return body.start_byte <= at <= body.end_byte
    return body.start_byte < at < body.end_byte


def _functions_in(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type in _FUNCTIONS:
            yield node
        waiting.extend(reversed(node.named_children))


class _FunctionReader:
    """Turns nodes of the tree of a filled document into functions of the document itself."""

    def __init__(self, hole: Hole, placeholder: str) -> None:
        self._hole = hole
        self._text = hole.fill(placeholder)
        self._source = encode(self._text)
        self._added = len(placeholder)

    def function(self, node: Node) -> Function | None:
        name = name_of(node)
        body = node.child_by_field_name("body")
        if not name or body is None:
            return None
        outer = _outer(node)
        owner = owner_of(node)
        return Function(
            language=self._hole.language,
            name=name,
            owner=owner,
            parameters=parameters_of(node),
            documentation=documentation_of(node, outer, body),
            span=(self._offset(outer.start_byte), self._offset(node.end_byte)),
            body=self._body(body),
            is_stub=not statements_of(body),
            indent=self._indent(body),
            has_values=not owner and values_of(node),
        )

    def _body(self, body: Node) -> tuple[int, int]:
        if self._source[body.start_byte : body.start_byte + 1] == b"{":
            return self._offset(body.start_byte + 1), self._offset(body.end_byte - 1)
        statements = [child for child in body.children if child.type != "comment"]
        begin = 1 if _is_docstring(statements[0]) else 0
        if begin < len(statements):
            first = statements[begin].start_byte
            line = self._source.rfind(b"\n", 0, first) + 1
            start = first if self._source[line:first].strip() else line
        else:
            start = body.end_byte
        return self._offset(start), self._offset(max(start, body.end_byte))

    def _indent(self, body: Node) -> str:
        first = next((child for child in body.named_children if child.type != "comment"), body)
        line = self._source[self._source.rfind(b"\n", 0, first.start_byte) + 1 : first.start_byte]
        return line.decode("utf-8", "replace") if not line.strip() else ""

    def _offset(self, byte: int) -> int:
        """Return the offset into the document without the placeholder."""
        offset = len(self._source[:byte].decode("utf-8", "surrogatepass"))
        here = len(self._hole.prefix)
        return offset if offset <= here else max(here, offset - self._added)


def _is_docstring(node: Node) -> bool:
    first = node.named_child(0) if node.type == "expression_statement" else None
    return first is not None and first.type == "string"


def _outer(node: Node) -> Node:
    """Return the statement that a function is: with its decorators, its `export`, its `const`."""
    outer = node
    while outer.parent is not None and outer.parent.type in (
        "decorated_definition", "export_statement", "variable_declarator", "lexical_declaration",
        "variable_declaration", "assignment_expression", "expression_statement", "pair",
    ):  # fmt: skip
        outer = outer.parent
    return outer
