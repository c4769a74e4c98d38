"""Turns TypeScript into JavaScript by blanking out its types, so that any Node runs it.

Only what can be erased is: an enum, a namespace, a parameter property or JSX has to be compiled
and is refused. Everything keeps its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from code_checks.languages import parser
from code_checks.languages.ecmascript import TYPESCRIPT
from code_checks.trees.source_tree import encode

_ERASED = frozenset((
    "type_annotation", "type_arguments", "type_parameters", "interface_declaration",
    "type_alias_declaration", "implements_clause", "accessibility_modifier", "override_modifier",
    "type_predicate_annotation", "asserts_annotation", "ambient_declaration", "function_signature",
    "abstract_method_signature", "index_signature", "opting_type_annotation",
    "omitting_type_annotation", "method_signature",
))  # fmt: skip
_ERASED_TOKENS = frozenset(("readonly", "abstract", "declare"))
_COMPILED = {
    "enum_declaration": "an enum",
    "internal_module": "a namespace",
    "module": "a namespace",
    "import_alias": "`import =`",
    "jsx_element": "JSX",
    "jsx_self_closing_element": "JSX",
    "jsx_fragment": "JSX",
}
_TYPE_ONLY = re.compile(r"(?:import|export)\s+type\b")
_LINE = re.compile(rb"[^\r\n]")


class NotErasable(Exception):
    """A TypeScript text needs a compiler; the message says for what."""


def strip_types(text: str) -> str:
    """Return the JavaScript in a TypeScript text. Raises NotErasable."""
    source = encode(text)
    stripped = bytearray(source)
    for start, end in _types(parser(TYPESCRIPT).parse(source).root_node, source):
        stripped[start:end] = _LINE.sub(b" ", source[start:end])
    return stripped.decode("utf-8", "surrogatepass")


def _types(root: Node, source: bytes) -> Iterator[tuple[int, int]]:
    """Yield the spans of what is nothing but types."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type in _COMPILED and node.is_named:
            raise NotErasable(f"TypeScript with {_COMPILED[node.type]} has to be compiled")
        if _is_parameter_property(node):
            raise NotErasable("TypeScript with a parameter property has to be compiled")
        if _is_erased(node):
            yield node.start_byte, node.end_byte
            continue
        if _is_type_specifier(node):
            yield node.start_byte, _end_with_comma(node)
            continue
        yield from _partial(node)
        waiting.extend(node.children)


def _is_erased(node: Node) -> bool:
    if node.type in _ERASED or (node.type in _ERASED_TOKENS and not node.is_named):
        return True
    if node.type in ("import_statement", "export_statement"):
        if _TYPE_ONLY.match((node.text or b"").decode("utf-8", "replace")):
            return True
        declaration = node.child_by_field_name("declaration")
        return declaration is not None and declaration.type in _ERASED
    return False


def _is_type_specifier(node: Node) -> bool:
    specifier = node.type in ("import_specifier", "export_specifier")
    return specifier and (node.text or b"").startswith(b"type ")


def _end_with_comma(node: Node) -> int:
    following = node.next_sibling
    return following.end_byte if following and following.type == "," else node.end_byte


def _partial(node: Node) -> Iterator[tuple[int, int]]:
    """Yield what follows a value and is only type: `x as T`, `x!`, `name?`."""
    if node.type in ("as_expression", "satisfies_expression"):
        value = node.children[0]
        yield value.end_byte, node.end_byte
    elif node.type == "non_null_expression":
        yield node.end_byte - 1, node.end_byte
    elif node.type in ("optional_parameter", "public_field_definition", "method_definition"):
        for child in node.children:
            if child.type in ("?", "!"):
                yield child.start_byte, child.end_byte
    elif node.type == "variable_declarator":
        for child in node.children:
            if child.type == "!":
                yield child.start_byte, child.end_byte
    if node.type in ("required_parameter", "optional_parameter"):
        yield from _this_parameter(node)


def _this_parameter(node: Node) -> Iterator[tuple[int, int]]:
    """Yield a `this` parameter, which only says a type, with its comma."""
    pattern = node.child_by_field_name("pattern")
    if pattern is not None and pattern.type == "this":
        yield node.start_byte, _end_with_comma(node)


def _is_parameter_property(node: Node) -> bool:
    if node.type not in ("required_parameter", "optional_parameter"):
        return False
    return any(child.type in ("accessibility_modifier", "readonly") for child in node.children)
