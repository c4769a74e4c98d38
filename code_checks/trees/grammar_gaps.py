"""What tree-sitter's grammars accept although the language does not."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from tree_sitter import Node, Query, QueryCursor, Tree

from code_checks.languages import Language, parser

_SHELL_KEYWORDS = frozenset({"fi", "done", "esac", "then", "else", "elif", "do"})
_STATEMENT_LISTS = frozenset(
    {"program", "body_statement", "block_body", "then", "do", "else", "begin", "ensure"}
)


def _is_keyword_run_as_command(node: Node) -> bool:
    return (node.text or b"").decode("utf-8", "replace") in _SHELL_KEYWORDS


def _is_end_of_nothing(node: Node) -> bool:
    is_statement = node.parent is not None and node.parent.type in _STATEMENT_LISTS
    return is_statement and node.text == b"end"


def _is_wrong_tag(node: Node) -> bool:
    element = node.parent
    opening = element.child_by_field_name("open_tag") if element else None
    return opening is not None and _tag_name(opening) != _tag_name(node)


def _tag_name(tag: Node) -> bytes | None:
    name = tag.child_by_field_name("name")
    return name.text if name else None


_JSX = ("(jsx_closing_element) @node", _is_wrong_tag)
_GAPS: dict[str, tuple[str, Callable[[Node], bool]]] = {
    "html": ("(erroneous_end_tag) @node", lambda _: True),
    "shellscript": ("(command_name) @node", _is_keyword_run_as_command),
    "javascript": _JSX,
    "javascriptreact": _JSX,
    "typescriptreact": _JSX,
    "ruby": ("(identifier) @node", _is_end_of_nothing),
}


def overlooked(language: Language, tree: Tree) -> list[Node]:
    """Return nodes of a tree that are errors although the grammar has a place for them."""
    if language.name not in _GAPS:
        return []
    is_error = _GAPS[language.name][1]
    captures = QueryCursor(_query(language)).captures(tree.root_node)
    return [node for node in captures.get("node", []) if is_error(node)]


@cache
def _query(language: Language) -> Query:
    grammar = parser(language).language
    assert grammar is not None
    return Query(grammar, _GAPS[language.name][0])
