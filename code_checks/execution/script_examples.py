"""Examples in the documentation of a JavaScript, TypeScript or Go function, read as tests.

JSDoc's `@example` and plain comments, in the forms that people write: `f(2) // => 4`,
`f(2) === 4`, `console.log(f(2)) // 4`, `f(2) returns 4`. Only literals count on either side.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tree_sitter import Node

from code_checks.execution.unit_test import UnitTest
from code_checks.languages import language_named, parser
from code_checks.trees.functions import Function

_RELATION = re.compile(
    r"""[`;)\s]*(?:
        (?://+|\#)\s*(?:=>|->|→|➞|⇒|==+|returns?:?|outputs?:?|prints?:?|logs?:?)?
        |===?|=>|->|→|➞|➔|⇒|⟹|=
        |(?:should\s+)?(?:returns?|gives?|yields|equals?|be)\b(?:\s+to\b)?
        |evaluates\s+to|is(?:\s+equal\s+to)?
    )\s*`?\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_LITERALS = {
    "javascript": frozenset((
        "number", "string", "string_fragment", "escape_sequence", "true", "false", "null",
        "undefined", "array", "object", "pair", "property_identifier", "unary_expression",
        "parenthesized_expression", "arguments", "identifier",
    )),
    "go": frozenset((
        "int_literal", "float_literal", "interpreted_string_literal", "raw_string_literal",
        "interpreted_string_literal_content", "raw_string_literal_content", "escape_sequence",
        "rune_literal", "true", "false", "nil", "unary_expression", "composite_literal",
        "slice_type", "array_type", "map_type", "type_identifier", "literal_value",
        "literal_element", "keyed_element", "argument_list",
    )),
}  # fmt: skip
_NUMBERS = frozenset(("undefined", "NaN", "Infinity"))
_LONGEST = 400
_GOES_ON = re.compile(r"[\w(\[{]|\.\d|\s*[-+*/%](?=\s*[\w(])")


def script_examples(function: Function) -> Iterator[UnitTest]:
    """Yield the examples that the documentation of a JavaScript or Go function gives of it."""
    if not function.has_values:
        return
    family = "go" if function.language == "go" else "javascript"
    for line in function.documentation.splitlines():
        for match in re.finditer(rf"(?<![\w.$]){re.escape(function.name)}\(", line):
            example = _example(family, line, match.start())
            if example is not None:
                call, expected = example
                label = f"{call} == {expected}"
                yield UnitTest(_assertion(family, call, expected), label, call=call)


def _assertion(family: str, call: str, expected: str) -> str:
    """Return the statement that a call has this value, for our runner of the language."""
    if family == "go":
        return f"coterieExpect({json.dumps(call)}, {call}, {expected})"
    return f"assert.deepStrictEqual({call}, {expected})"


def _example(family: str, line: str, start: int) -> tuple[str, str] | None:
    call = _shortest(family, line[start : start + _LONGEST], is_call=True)
    if call is None:
        return None
    relation = _RELATION.match(line, start + len(call))
    if relation is None:
        return None
    rest = line[relation.end() : relation.end() + _LONGEST]
    expected = _longest_literal(family, rest)
    return (call, expected) if expected is not None else None


def _shortest(family: str, text: str, *, is_call: bool) -> str | None:
    for index, character in enumerate(text):
        if character == ")" and is_literal(family, text[: index + 1], is_call=is_call):
            return text[: index + 1]
    return None


def _longest_literal(family: str, text: str) -> str | None:
    for end in range(len(text), 0, -1):
        piece = text[:end].rstrip()
        if piece[-1:] in (",", ";", "") or _GOES_ON.match(text, len(piece)):
            continue
        if is_literal(family, piece, is_call=False):
            return piece.removesuffix(".")
    return None


def is_literal(family: str, text: str, *, is_call: bool) -> bool:
    """Tell whether a text is a literal, or a call with nothing but literals in it."""
    node = _expression(family, text)
    if node is None:
        return False
    if is_call:
        arguments = node.child_by_field_name("arguments")
        return (
            node.type == "call_expression" and arguments is not None and _plain(arguments, family)
        )
    return _plain(node, family)


def _expression(family: str, text: str) -> Node | None:
    """Return the node of a text that is one expression, None if it is anything else."""
    language = language_named(family)
    assert language is not None
    before, after = ("package p\nvar _ = ", "\n") if family == "go" else ("_ = (", ");")
    root = parser(language).parse((before + text + after).encode("utf-8", "replace")).root_node
    if root.has_error:
        return None
    start, end = len(before), len(before) + len(text.encode("utf-8", "replace"))
    node = root.descendant_for_byte_range(start, end)
    while node is not None and node.type == "expression_list" and node.named_child_count == 1:
        node = node.named_child(0)
    return node if node is not None and (node.start_byte, node.end_byte) == (start, end) else None


def _plain(node: Node, family: str) -> bool:
    if node.is_named and node.type not in _LITERALS[family]:
        return False
    if node.type == "identifier" and (node.text or b"").decode() not in _NUMBERS:
        return False
    return all(_plain(child, family) for child in node.children)
