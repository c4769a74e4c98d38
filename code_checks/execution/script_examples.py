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
from code_checks.languages import Language, parser, unit_testing_of
from code_checks.languages.ecmascript import JAVASCRIPT
from code_checks.languages.go_and_rust import GO
from code_checks.languages.unit_testing import Toolchain
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
_READ_AS = {Toolchain.NODE: JAVASCRIPT, Toolchain.GO: GO}
"""The language in which examples are written: those of TypeScript have no types."""
_NUMBERS = frozenset(("undefined", "NaN", "Infinity"))
_LONGEST = 400
_GOES_ON = re.compile(r"[\w(\[{]|\.\d|\s*[-+*/%](?=\s*[\w(])")


def script_examples(function: Function) -> Iterator[UnitTest]:
    """Yield the examples that the documentation of a JavaScript or Go function gives of it."""
    testing = unit_testing_of(function.language)
    language = _READ_AS.get(testing.toolchain) if testing else None
    if language is None or not function.has_values:
        return
    for line in function.documentation.splitlines():
        for match in re.finditer(rf"(?<![\w.$]){re.escape(function.name)}\(", line):
            example = _example(language, line, match.start())
            if example is not None:
                call, expected = example
                label = f"{call} == {expected}"
                yield UnitTest(_assertion(language, call, expected), label, call=call)


def _assertion(language: Language, call: str, expected: str) -> str:
    """Return the statement that a call has this value, for our runner of the language."""
    if language is GO:
        return f"coterieExpect({json.dumps(call)}, {call}, {expected})"
    return f"assert.deepStrictEqual({call}, {expected})"


def _example(language: Language, line: str, start: int) -> tuple[str, str] | None:
    call = _shortest_call(language, line[start : start + _LONGEST])
    if call is None:
        return None
    relation = _RELATION.match(line, start + len(call))
    if relation is None:
        return None
    rest = line[relation.end() : relation.end() + _LONGEST]
    expected = _longest_literal(language, rest)
    return (call, expected) if expected is not None else None


def _shortest_call(language: Language, text: str) -> str | None:
    for index, character in enumerate(text):
        if character == ")" and _is_call_of_literals(language, text[: index + 1]):
            return text[: index + 1]
    return None


def _longest_literal(language: Language, text: str) -> str | None:
    for end in range(len(text), 0, -1):
        piece = text[:end].rstrip()
        if piece[-1:] in (",", ";", "") or _GOES_ON.match(text, len(piece)):
            continue
        if _is_literal(language, piece):
            return piece.removesuffix(".")
    return None


def _is_call_of_literals(language: Language, text: str) -> bool:
    node = _expression(language, text)
    if node is None or node.type != "call_expression":
        return False
    arguments = node.child_by_field_name("arguments")
    return arguments is not None and _is_plain(language, arguments)


def _is_literal(language: Language, text: str) -> bool:
    node = _expression(language, text)
    return node is not None and _is_plain(language, node)


def _expression(language: Language, text: str) -> Node | None:
    """Return the node of a text that is one expression, None if it is anything else."""
    assert language.testing is not None
    before, after = language.testing.expression
    root = parser(language).parse((before + text + after).encode("utf-8", "replace")).root_node
    if root.has_error:
        return None
    start, end = len(before), len(before) + len(text.encode("utf-8", "replace"))
    node = root.descendant_for_byte_range(start, end)
    while node is not None and node.type == "expression_list" and node.named_child_count == 1:
        node = node.named_child(0)
    return node if node is not None and (node.start_byte, node.end_byte) == (start, end) else None


def _is_plain(language: Language, node: Node) -> bool:
    """Tell whether a node is made of nothing but literals."""
    if node.is_named and language.testing and node.type not in language.testing.literals:
        return False
    if node.type == "identifier" and (node.text or b"").decode() not in _NUMBERS:
        return False
    return all(_is_plain(language, child) for child in node.children)
