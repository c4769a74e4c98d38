"""What tree-sitter's grammars accept although the language does not."""

from __future__ import annotations

from functools import cache

from tree_sitter import Node, Query, QueryCursor, Tree

from code_checks.languages import Language, parser


def overlooked(language: Language, tree: Tree) -> list[Node]:
    """Return nodes of a tree that are errors although the grammar has a place for them."""
    if language.gap is None:
        return []
    captures = QueryCursor(_query(language, language.gap.query)).captures(tree.root_node)
    return [node for node in captures.get("node", []) if language.gap.is_error(node)]


@cache
def _query(language: Language, query: str) -> Query:
    grammar = parser(language).language
    assert grammar is not None
    return Query(grammar, query)
