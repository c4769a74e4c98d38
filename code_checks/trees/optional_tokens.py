"""Tokens that might as well be missing: parentheses, semicolons, a comma before a closing bracket.

The kinds of nodes are those of all grammars together: they are called alike where they mean the
same, and a kind that a grammar does not have is never met in its trees.
"""

from __future__ import annotations

from tree_sitter import Node

from code_checks.languages import Language
from code_checks.trees.source_tree import SourceTree

_PARENTHESES = frozenset(("parenthesized_expression", "parenthesized_statements"))
_ATOM_KINDS = (
    "identifier constant name variable_name integer float number number_literal string true false"
    " none null nil call call_expression method_invocation function_call attribute"
    " member_expression member_access_expression field_expression field_access subscript"
    " subscript_expression"
)
_ATOMS = frozenset(_ATOM_KINDS.split())
_DELIMITED_KINDS = (
    "return_statement return assignment assignment_expression assignment_statement"
    " augmented_assignment variable_declarator let_declaration init_declarator argument_list"
    " arguments argument if_statement while_statement pair keyword_argument throw_statement"
    " raise_statement parenthesized_expression"
)
_DELIMITED = frozenset(_DELIMITED_KINDS.split())
"""Kinds of nodes in which parentheses around one whole expression group nothing."""
_LISTS = frozenset(("sequence_expression", "comma_expression", "expression_list", "yield"))
_PARAMETERS = frozenset(("formal_parameters", "inferred_parameters", "parameter_list"))
_LAMBDAS = frozenset(("arrow_function", "lambda_expression"))
_COMMA_KINDS = (
    "argument_list arguments list dictionary set parameters formal_parameters array object"
    " array_expression field_initializer_list literal_value initializer_list array_initializer"
    " import_from_statement named_imports export_clause parameter_list list_pattern object_pattern"
)
_COMMA_LISTS = frozenset(_COMMA_KINDS.split())
_TUPLES = frozenset(("tuple", "tuple_pattern", "tuple_expression"))
"""Kinds of lists in which a comma behind the only element makes the list."""
_CLOSERS = frozenset((")", "]", "}"))


def is_optional(language: Language, node: Node, filled: SourceTree) -> bool:
    """Tell whether a leaf adds nothing to the code that it stands in."""
    if node.type in ("(", ")"):
        return _is_around_one(language, node, filled) or _is_around_one_parameter(node)
    if node.type == ";":
        return node.parent is not None and node.parent.type in language.optional_semicolons
    return node.type == "," and _is_last_comma(node)


def _is_around_one(language: Language, node: Node, filled: SourceTree) -> bool:
    """Tell whether a parenthesis stands around one expression that needs none."""
    around = node.parent
    if around is None or around.type not in _PARENTHESES:
        return False
    if around.has_error:
        return False  # Its other half is missing.
    if around.start_byte < filled.text_start or around.end_byte > filled.text_end:
        return False
    inner = [child for child in around.named_children if "comment" not in child.type]
    outer = around.parent
    if len(inner) != 1 or outer is None or inner[0].type in _LISTS or outer.type == "decltype":
        return False
    if inner[0].type in language.meaningful_parentheses:
        return False
    return inner[0].type in _ATOMS or outer.type in _DELIMITED


def _is_around_one_parameter(node: Node) -> bool:
    """Tell whether a parenthesis stands around the one parameter, just a name, of a lambda."""
    around = node.parent
    if around is None or around.type not in _PARAMETERS or around.has_error:
        return False
    if around.parent is None or around.parent.type not in _LAMBDAS or around.child_count != 3:
        return False
    inner = around.named_children[0] if around.named_children else around
    return inner.type == "identifier" or [each.type for each in inner.children] == ["identifier"]


def _is_last_comma(node: Node) -> bool:
    around, before, behind = node.parent, node.prev_sibling, node.next_sibling
    while behind is not None and "comment" in behind.type:
        behind = behind.next_sibling
    while before is not None and "comment" in before.type:
        before = before.prev_sibling
    if around is None or around.has_error or before is None or behind is None:
        return False
    if not before.is_named or behind.type not in _CLOSERS:
        return False
    elements = [child for child in around.named_children if "comment" not in child.type]
    return around.type in _COMMA_LISTS or (around.type in _TUPLES and len(elements) > 1)
