"""What the syntax tree of a function says about it: name, parameters, documentation, statements."""

from __future__ import annotations

import ast
import re
import textwrap

from tree_sitter import Node

# Kinds of nodes, marks of comments and words of stubs are those of all languages together whose
# entry says `has_functions`: none of them means something else in another of these.
_VALUE_HOLDERS = {
    "variable_declarator": "name",
    "assignment_expression": "left",
    "pair": "key",
    "public_field_definition": "name",
    "field_definition": "property",
}
_CLASSES = frozenset(("class_definition", "class_declaration", "class"))
_MARK = re.compile(r"^\s*(?:#+:?|//+|/\*\*?|\*/|\*)[ \t]?|\s*\*/\s*$")
_STUB_STATEMENT = re.compile(
    r"(?:pass|\.\.\.|(?:raise|throw|panic|return)\b.*not.?implemented.*|;)\s*;?", re.I | re.S
)
_GENERATORS = frozenset(("generator_function", "generator_function_declaration"))
_NESTING = frozenset((
    "function_definition", "function_declaration", "method_definition", "arrow_function",
    "function_expression", "func_literal", "class_definition", "class_declaration", "class",
))  # fmt: skip


def text_of(node: Node | None) -> str:
    """Return a node's source text, "" for none."""
    return ((node.text if node is not None else b"") or b"").decode("utf-8", "replace")


def name_of(node: Node) -> str:
    """Return what a function is called; of one without a name, what it is assigned to."""
    name = node.child_by_field_name("name")
    if name is not None:
        return text_of(name)
    parent = node.parent
    if parent is None or parent.type not in _VALUE_HOLDERS:
        return ""
    holder = text_of(parent.child_by_field_name(_VALUE_HOLDERS[parent.type]))
    return holder if holder.isidentifier() else ""


def owner_of(node: Node) -> str:
    """Return the class, or in Go the receiver's type, that a method belongs to, or ""."""
    receiver = node.child_by_field_name("receiver")
    if receiver is not None:
        names = re.findall(r"\w+", text_of(receiver).split("[")[0])
        return names[-1] if names else ""
    outer = node.parent
    while outer is not None:
        if outer.type in _CLASSES:
            return text_of(outer.child_by_field_name("name"))
        if outer.type in _NESTING:
            return ""
        outer = outer.parent
    return ""


def parameters_of(node: Node) -> tuple[str, ...]:
    """Return the names of a function's parameters; patterns are given as they are written."""
    parameters = node.child_by_field_name("parameters")
    if parameters is None:
        single = node.child_by_field_name("parameter")
        return (text_of(single),) if single is not None else ()
    return tuple(
        name
        for child in parameters.named_children
        if child.type != "comment"
        for name in _parameters(child)
    )


def _parameters(node: Node) -> list[str]:
    for field in ("name", "pattern", "left"):
        inner = node.children_by_field_name(field)
        if inner:  # Go's `x, y int` has two.
            return [text_of(name) for name in inner]
    return [text_of(node.named_child(0) if node.type == "typed_parameter" else node)]


def statements_of(body: Node) -> list[Node]:
    """Return a body's statements without its docstring, comments and stubs."""
    if body.type not in ("block", "statement_block"):
        return [body]  # The value of an arrow function.
    found = []
    children = [child for child in body.named_children if child.type != "comment"]
    if len(children) == 1 and children[0].type == "statement_list":  # Go
        children = [child for child in children[0].named_children if child.type != "comment"]
    for index, child in enumerate(children):
        first = child.named_child(0) if child.type == "expression_statement" else None
        if index == 0 and first is not None and first.type == "string":
            continue
        if not _STUB_STATEMENT.fullmatch(text_of(child).strip()):
            found.append(child)
    return found


def values_of(node: Node) -> bool:
    """Tell whether calling the function by its name gives a plain value."""
    if node.type in _GENERATORS or text_of(node).startswith("async"):
        return False
    if any(child.type == "async" for child in node.children):
        return False
    outer = node.parent
    while outer is not None:
        if outer.type in _NESTING:
            return False
        outer = outer.parent
    return True


def documentation_of(node: Node, outer: Node, body: Node) -> str:
    """Return a function's docstring and the comments above it and at the top of its body."""
    parts = [*_comments_above(outer), *_comments_between(node, body)]
    children = body.named_children
    if children:
        first = children[0].named_child(0) if children[0].type == "expression_statement" else None
        if first is not None and first.type == "string":
            parts.append(_docstring(text_of(first)))
            children = children[1:]
    for child in children:
        if child.type != "comment":
            break
        parts.append(without_marks(text_of(child)))
    return "\n".join(part for part in parts if part.strip())


def without_marks(comment: str) -> str:
    """Return a comment's text without what makes it a comment."""
    return "\n".join(_MARK.sub("", _MARK.sub("", line)) for line in comment.splitlines())


def _comments_above(outer: Node) -> list[str]:
    parts: list[str] = []
    expected = outer.start_point.row
    previous = outer.prev_named_sibling
    while previous is not None and previous.type == "comment":
        if previous.end_point.row < expected - 1:
            break
        parts.insert(0, without_marks(text_of(previous)))
        expected = previous.start_point.row
        previous = previous.prev_named_sibling
    return parts


def _comments_between(node: Node, body: Node) -> list[str]:
    return [
        without_marks(text_of(child))
        for child in node.children
        if child.type == "comment" and child.end_byte <= body.start_byte
    ]


def _docstring(literal: str) -> str:
    try:
        value = ast.literal_eval(literal)
    except (ValueError, SyntaxError, MemoryError, RecursionError, SystemError):
        return ""
    if not isinstance(value, str):
        return ""
    first, _, rest = value.partition("\n")
    return first.strip() + "\n" + textwrap.dedent(rest) if rest else first.strip()
