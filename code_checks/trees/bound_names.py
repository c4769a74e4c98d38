"""The names that an inserted text binds for itself, numbered: their spelling does not count.

`users.find(user => user.id === id)` and `users.find(u => u.id === id)` say the same. A name gets a
number only where each use of it in the text means what the text binds, and where nothing behind
the text can use it: so no number can stand for a name from outside. Wherever that is not certain,
names stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tree_sitter import Node

from code_checks.languages.facts import Binder, Naming

_NAMES = frozenset(("identifier", "implicit_parameter"))
_HOLDERS = frozenset((
    "pattern_list", "tuple_pattern", "list_pattern", "expression_list",
    "lambda_parameters", "as_pattern_target", "formal_parameters", "required_parameter",
    "array_pattern", "parameter_list", "parameter_declaration", "closure_parameters", "parameter",
    "mut_pattern", "reference_pattern", "inferred_parameters", "formal_parameter",
    "pointer_declarator", "reference_declarator",
))  # fmt: skip
"""Kinds of nodes, of all grammars together, that hold nothing but names to bind, and types."""
_REFLECTION = frozenset((b"eval", b"exec", b"locals", b"vars", b"globals", b"arguments"))
"""Names of what can read any other name by its spelling."""
_WORD = re.compile(rb"\w+")

Span = tuple[int, int]
"""Where something begins and ends, in bytes."""


class _Binding(NamedTuple):
    name: bytes
    scope: Node
    """The node in which the name means this."""
    at: int
    """Where the name is bound."""
    is_confined: bool
    """Whether it means this in the whole scope, not just from there on."""
    values: tuple[Span, ...]
    """Where it does not yet: what it is bound to."""

    def holds(self, use: Node) -> bool:
        """Tell whether an identifier would mean this binding if none was nearer."""
        at = use.start_byte
        return (
            use.text == self.name
            and self.scope.start_byte <= at < self.scope.end_byte
            and (self.is_confined or self.at <= at)
            and not self.sets(use)
        )

    def sets(self, use: Node) -> bool:
        """Tell whether an identifier is in what the name is bound to."""
        return any(start <= use.start_byte < end for start, end in self.values)

    @property
    def size(self) -> int:
        return self.scope.end_byte - self.scope.start_byte

    @property
    def span(self) -> Span:
        """Where its scope is."""
        return self.scope.start_byte, self.scope.end_byte


def bound_names(naming: Naming, root: Node, span: Span) -> Mapping[int, int]:
    """Return the numbers of the identifiers in a span of a document that it binds itself.

    They stand under the byte at which each identifier begins, and count the names in the order in
    which they are met first.
    """
    leaves = [node for node in _nodes(root, span) if not node.children and _is_inside(node, span)]
    uses = [leaf for leaf in leaves if leaf.type in _NAMES and not _is_member(naming, leaf)]
    if any(use.text in _REFLECTION for use in uses):
        return {}
    bindings = list(_bindings(naming, root, span))
    meant = {use.start_byte: _nearest(bindings, use) for use in uses}
    fixed = {use.text for use in uses if meant[use.start_byte] is None or _shows(naming, use)}
    fixed.update(
        word for leaf in leaves if _spells(leaf) for word in _WORD.findall(leaf.text or b"")
    )
    fixed.update(each.name for each in bindings if _is_used_elsewhere(naming, each, span))
    numbers: dict[tuple[bytes, Span], int] = {}
    return {
        at: numbers.setdefault((binding.name, binding.span), len(numbers))
        for at, binding in meant.items()
        if binding is not None and binding.name not in fixed
    }


def _nodes(root: Node, span: Span) -> Iterator[Node]:
    """Yield the nodes that overlap with a span, in the document's order."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.start_byte < span[1] and span[0] < node.end_byte:
            yield node
            waiting.extend(reversed(node.children))


def _is_inside(node: Node, span: Span) -> bool:
    return span[0] <= node.start_byte and node.end_byte <= span[1]


def _bindings(naming: Naming, root: Node, span: Span) -> Iterator[_Binding]:
    for node in _nodes(root, span):
        for binder in naming.binders:
            if node.type == binder.kind and _has(node, binder.needs):
                yield from _bound_by(naming, binder, node)


def _bound_by(naming: Naming, binder: Binder, node: Node) -> Iterator[_Binding]:
    scope = _around(node, binder.scope or naming.functions, naming.classes)
    if scope is None:
        return
    for names in node.children_by_field_name(binder.names):
        values = [child for child in node.children_by_field_name(binder.value) if binder.value]
        spans = [(value.start_byte, value.end_byte) for value in values]
        if binder.value == "*":
            spans = [(node.start_byte, names.start_byte), (names.end_byte, node.end_byte)]
        for name in _names_in(names):
            yield _Binding(name, scope, names.start_byte, bool(binder.scope), tuple(spans))


def _names_in(pattern: Node) -> list[bytes]:
    """Return the names that a pattern binds, none if it does more than to bind names."""
    found: list[bytes] = []
    waiting = [pattern]
    while waiting:
        node = waiting.pop()
        if node.type in _NAMES:
            found.append(node.text or b"")
        elif node.is_named and node.type not in _HOLDERS:
            return []
        for index, child in enumerate(node.children):
            if node.field_name_for_child(index) != "type" and child.type != "mutable_specifier":
                waiting.append(child)
    return found


def _around(node: Node, scopes: frozenset[str], barriers: frozenset[str]) -> Node | None:
    """Return the innermost scope around a node or the node itself, None behind a barrier."""
    found: Node | None = node
    while found is not None and found.type not in scopes:
        found = None if found.type in barriers else found.parent
    return found


def _nearest(bindings: list[_Binding], use: Node) -> _Binding | None:
    around = [binding for binding in bindings if binding.holds(use)]
    nearest = min(around, key=lambda binding: binding.size, default=None)
    # `[b for a in b for b in a]`: the first `b` behind `in` is evaluated before any is bound.
    rows = [b for b in bindings if nearest is not None and b.is_confined and b.span == nearest.span]
    too_early = any(row.sets(use) and nearest is not None and row.at <= nearest.at for row in rows)
    return None if too_early else nearest


def _is_used_elsewhere(naming: Naming, binding: _Binding, span: Span) -> bool:
    """Tell whether something in a name's scope but outside the span has the same name."""
    return any(
        node.text == binding.name
        and not node.children
        and not _is_inside(node, span)
        and not _is_member(naming, node)
        for node in _nodes(binding.scope, binding.span)
    )


def _has(node: Node, needed: str) -> bool:
    """Tell whether a node has a field or a sign."""
    if not needed or node.child_by_field_name(needed) is not None:
        return True
    return any(child.type == needed for child in node.children)


def _is_member(naming: Naming, node: Node) -> bool:
    """Tell whether an identifier is no variable: the name of a member, of a parameter."""
    if not naming.members or node.parent is None:
        return False
    place = f"{node.parent.type}.{_field(node.parent, node)}"
    above = node.parent.parent.type if node.parent.parent else ""
    return place in naming.members or f"{above}.{place}" in naming.members


def _field(parent: Node, node: Node) -> str | None:
    places = [index for index, child in enumerate(parent.children) if child == node]
    return parent.field_name_for_child(places[0]) if places else None


def _shows(naming: Naming, use: Node) -> bool:
    """Tell whether the spelling of an identifier matters: `{user}` of JavaScript, `f"{user=}"`."""
    around = use.parent
    if around is None:
        return True
    is_printed = around.type == "interpolation" and _has(around, "=")
    return is_printed or around.type in naming.visible


def _spells(leaf: Node) -> bool:
    """Tell whether a leaf may read a variable by its name, as a string that is formatted may."""
    return "string" in leaf.type or leaf.type.startswith("shorthand")
