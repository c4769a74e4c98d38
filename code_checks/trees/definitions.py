"""What a piece of code defines, in outline: signatures without bodies, found by its syntax tree."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tree_sitter import Node

from code_checks.languages import language_named, parser

# The kinds of nodes below are those of all grammars whose language has outlines. These grammars
# share most names, so a list for each language would say the same thing ten times.
_FUNCTIONS = frozenset((
    "function_definition", "function_declaration", "generator_function_declaration",
    "function_item", "function_signature_item", "method_definition", "method_declaration",
    "method_signature", "abstract_method_signature", "method_elem", "constructor_declaration",
))  # fmt: skip
_CLASSES = frozenset((
    "class_definition", "class_declaration", "abstract_class_declaration", "interface_declaration",
    "trait_item", "impl_item", "class_specifier", "struct_specifier", "record_declaration",
))  # fmt: skip
_VALUES = frozenset((
    "assignment", "variable_declarator", "const_spec", "var_spec", "type_spec", "const_item",
    "static_item", "struct_item", "enum_item", "type_item", "macro_definition", "enum_declaration",
    "enum_specifier", "type_alias_declaration", "type_definition", "alias_declaration",
    "preproc_def", "preproc_function_def", "declaration", "field_declaration",
    "public_field_definition", "field_definition", "property_signature",
))  # fmt: skip
_WRAPPERS = frozenset((
    "expression_statement", "decorated_definition", "export_statement", "template_declaration",
    "lexical_declaration", "variable_declaration", "type_declaration", "const_declaration",
    "var_declaration", "var_spec_list", "ERROR",
))  # fmt: skip
_SCOPES = frozenset((
    "internal_module", "namespace_definition", "mod_item", "declaration_list", "statement_block",
    "linkage_specification", "if_statement", "else_clause", "try_statement", "except_clause",
    "block", "preproc_if", "preproc_ifdef", "preproc_else",
))  # fmt: skip
_FUNCTION_VALUES = frozenset(("arrow_function", "function_expression"))
_CONTENT = "string_content"
_DEPTH = 8
_MEMBERS = 24
_LONGEST_LINE = 240
_VALUE_LINES = 12
_CACHED_TEXTS = 256


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition in outline. Lines are counted from 0 within the text that was read."""

    name: str
    """The name that is defined."""
    text: str
    """The outline: a signature, a class with its members' signatures, or a short value."""
    first_line: int
    """The line in which the definition begins, with its decorators."""
    last_line: int
    """The line in which the definition ends."""
    members: frozenset[str] = frozenset()
    """The names of a class's methods and fields."""


@lru_cache(maxsize=_CACHED_TEXTS)
def definitions(language: str, text: str) -> tuple[Definition, ...]:
    """Return what a text defines at its top level, in its order; nothing for other languages.

    The text may be a fragment: what its broken ends hide is not found.
    """
    facts = language_named(language)
    if facts is None or not facts.has_outlines:
        return ()
    source = textwrap.dedent(text).encode("utf-8", "replace")
    reader = _DefinitionReader(source, facts.indentation_matters)
    return tuple(reader.under(parser(facts).parse(source).root_node, 0))


class _DefinitionReader:
    """Reads the definitions of one source text."""

    def __init__(self, source: bytes, indented: bool) -> None:
        self._source = source
        self._indented = indented

    def under(self, node: Node, depth: int, outer: Node | None = None) -> Iterator[Definition]:
        """Yield the definitions among a node's children; `outer` is what their text begins with."""
        if depth > _DEPTH:
            return
        for child in node.named_children:
            if child.type in _FUNCTIONS or child.type in _CLASSES or child.type in _VALUES:
                definition = self._definition(child, outer)
                if definition is not None:
                    yield definition
            elif child.type in _WRAPPERS:
                wrapper = None if child.type == "ERROR" else outer or child
                yield from self.under(child, depth + 1, wrapper)
            elif child.type in _SCOPES:
                yield from self.under(child, depth + 1)

    def _definition(self, node: Node, outer: Node | None) -> Definition | None:
        name = self._name(node)
        if not name:
            return None
        members: frozenset[str] = frozenset()
        if node.type in _CLASSES:
            lines, members = self._class(node)
        else:
            is_function = node.type in _FUNCTIONS or _body(node) is not None
            lines = [self._signature(node)] if is_function else self._whole(node)
        start, lead = self._lead(node, outer)
        if lead and self._indented:
            lines.insert(0, lead)
        elif lead:
            lines[0] = f"{lead} {lines[0]}"
        return Definition(name, "\n".join(lines), start, node.end_point.row, members)

    def _lead(self, node: Node, outer: Node | None) -> tuple[int, str]:
        """Return a definition's first line and what stands before it: `export`, `@property`."""
        if outer is None or node.parent is None:
            return node.start_point.row, ""
        alike = next(child for child in node.parent.named_children if child.type == node.type)
        lead = self._between(outer.start_byte, alike.start_byte).rstrip().removesuffix("(")
        first = outer if alike == node else node
        return first.start_point.row, _one_line(lead)

    def _class(self, node: Node) -> tuple[list[str], frozenset[str]]:
        body = node.child_by_field_name("body")
        if body is None:
            return self._whole(node), frozenset()
        header = _one_line(self._between(node.start_byte, body.start_byte))
        lines = [header if self._indented else f"{header} {{", *self._documentation(body, "    ")]
        # At the greatest depth nothing below a member is read, and wrapped ones need a second look.
        members = list(self.under(body, _DEPTH))
        wrapped = [child for child in body.named_children if child.type in _WRAPPERS]
        members += [found for child in wrapped for found in self.under(child, _DEPTH, child)]
        members.sort(key=lambda member: member.first_line)
        for member in members[:_MEMBERS]:
            lines += textwrap.indent(member.text, "    ").split("\n")
        if not self._indented:
            lines.append("}")
        elif len(lines) == 1:
            lines[0] += " ..."
        return lines, frozenset(member.name for member in members)

    def _signature(self, node: Node) -> str:
        body = _body(node)
        if body is None:
            return _one_line(self._between(node.start_byte, node.end_byte))
        signature = _one_line(self._between(node.start_byte, body.start_byte))
        if not self._indented:
            return f"{signature} {{ ... }}"
        documentation = self._documentation(body, "    ")
        if not documentation:
            return f"{signature} ..."
        return "\n".join((signature, *documentation, "    ..."))

    def _documentation(self, body: Node, indentation: str) -> list[str]:
        """Return the first line of a Python docstring, as a docstring."""
        first = body.named_child(0) if self._indented and body.named_child_count else None
        string = first.named_child(0) if first and first.type == "expression_statement" else None
        if string is None or string.type != "string":
            return []
        content = next((part for part in string.named_children if part.type == _CONTENT), None)
        line = self._text(content).strip().split("\n", 1)[0].rstrip() if content else ""
        return [f'{indentation}"""{line}"""'] if line else []

    def _whole(self, node: Node) -> list[str]:
        first, _, rest = self._text(node).rstrip().partition("\n")
        lines = [first, *textwrap.dedent(rest).split("\n")] if rest else [first]
        return [line[:_LONGEST_LINE] for line in lines[:_VALUE_LINES]]

    def _name(self, node: Node) -> str:
        for field in ("name", "left", "property"):
            named = node.child_by_field_name(field)
            if named is not None:
                return self._text(named) if not named.named_child_count else ""
        named = node.child_by_field_name("declarator" if node.type != "impl_item" else "type")
        while named is not None and named.named_child_count:
            inner = named.child_by_field_name("declarator") or named.child_by_field_name("name")
            named = inner or named.child_by_field_name("type")
        return self._text(named) if named is not None else ""

    def _text(self, node: Node) -> str:
        return self._between(node.start_byte, node.end_byte)

    def _between(self, start: int, end: int) -> str:
        return self._source[start:end].decode("utf-8", "replace")


def _body(node: Node) -> Node | None:
    """Return a function's body; also that of a function which is a variable's value."""
    if node.type == "variable_declarator":
        value = node.child_by_field_name("value")
        is_function = value is not None and value.type in _FUNCTION_VALUES
        return value.child_by_field_name("body") if value is not None and is_function else None
    return node.child_by_field_name("body") if node.type in _FUNCTIONS else None


def _one_line(text: str) -> str:
    """Return a signature on one line, without what only several lines need."""
    line = " ".join(text.split()).replace("( ", "(").replace(", )", ")").replace(" )", ")")
    return line[:_LONGEST_LINE]
