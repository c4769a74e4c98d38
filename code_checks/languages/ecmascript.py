"""JavaScript and TypeScript, with and without JSX."""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node

from code_checks.languages.facts import (
    BACKTICKS,
    C_COMMENT,
    DOUBLE_QUOTES,
    SINGLE_QUOTES,
    Binder,
    Blocks,
    ControlFlow,
    DocStyle,
    GrammarGap,
    LazyPattern,
    Naming,
    Quotes,
    kinds,
)
from code_checks.languages.language import Language
from code_checks.languages.unit_testing import Toolchain, UnitTesting

_DOCUMENTATION = DocStyle("/**\n", " * ", "\n */", stop="*/")
_LITERALS = """
number string string_fragment escape_sequence true false null undefined array object pair
property_identifier unary_expression parenthesized_expression arguments identifier
"""
_DECLARED = """
break_statement empty_statement function_declaration generator_function_declaration
class_declaration variable_declaration
"""
_FLOW = ControlFlow(
    leaving=kinds("return_statement throw_statement break_statement continue_statement"),
    may_follow=kinds(_DECLARED),
    assignment="assignment_expression",
)
_NAMING = Naming(
    binders=(
        Binder("arrow_function", "parameter", scope=kinds("arrow_function")),
        Binder("arrow_function", "parameters", scope=kinds("arrow_function")),
        Binder("function_expression", "parameters", scope=kinds("function_expression")),
        Binder("for_in_statement", "left", "right", "kind", kinds("for_in_statement")),
        Binder("catch_clause", "parameter", scope=kinds("catch_clause")),
        Binder("variable_declarator", "name", "*"),
    ),
    functions=kinds(
        "function_declaration function_expression arrow_function method_definition"
        " generator_function generator_function_declaration"
    ),
    visible=kinds(
        "export_specifier function_declaration generator_function_declaration class_declaration"
        " assignment_pattern optional_parameter rest_pattern"
    ),
)
_OPTIONAL_SEMICOLONS = kinds(
    "program statement_block class_body expression_statement lexical_declaration"
    " variable_declaration return_statement throw_statement break_statement continue_statement"
    " debugger_statement import_statement export_statement do_statement interface_body object_type"
    " type_alias_declaration"
)
_TYPES_DECLARED = """
abstract_class_declaration type_alias_declaration interface_declaration enum_declaration
function_signature ambient_declaration
"""
_TYPED_FLOW = _FLOW._replace(may_follow=kinds(_DECLARED + _TYPES_DECLARED))
_UNTYPED = UnitTesting(
    toolchain=Toolchain.NODE,
    paths=LazyPattern(
        r"(?:^|/)(?:(?:[^/]*[.\-_](?:test|spec)|test)|(?:__tests__|tests?)/[^/]*)"
        r"\.[cm]?[jt]sx?$"
    ),
    raising='throw new Error("MESSAGE");',
    names=LazyPattern(
        r"(?<![.\w$])(?:test|it)(?:\.only)?\s*\(\s*"
        r"(?:'([^'\\\n]+)'|\"([^\"\\\n]+)\"|`([^`$\\\n]+)`)"
    ),
    assertion="assert.deepStrictEqual(",
    opening="\n\ntest('NAME', () => {\n  ",
    expression=("_ = (", ");"),
    literals=kinds(_LITERALS),
)
_TYPED = _UNTYPED._replace(is_typed=True)


def _is_wrong_tag(node: Node) -> bool:
    element = node.parent
    opening = element.child_by_field_name("open_tag") if element else None
    return opening is not None and _tag_name(opening) != _tag_name(node)


def _tag_name(tag: Node) -> bytes | None:
    name = tag.child_by_field_name("name")
    return name.text if name else None


_MISMATCHED_TAGS = GrammarGap("(jsx_closing_element) @node", _is_wrong_tag)

JAVASCRIPT = Language(
    name="javascript",
    title="JavaScript",
    module="tree_sitter_javascript",
    aliases=("js",),
    extensions=("js", "mjs", "cjs"),
    blocks=Blocks.BRACES,
    has_elements=True,
    statement_lists=kinds(
        "program statement_block class_body class_static_block switch_body switch_case "
        "switch_default object array"
    ),
    line_comment="//",
    block_comment=C_COMMENT,
    strings=(BACKTICKS, DOUBLE_QUOTES, SINGLE_QUOTES),
    has_regex_literals=True,
    statement_ends=(
        *(";", " {}", ",", " => {}", ' from "x";', " = x;", " : x;", ":", ": x,", " />", "></a>"),
    ),
    quotes=Quotes.SAME,
    gap=_MISMATCHED_TAGS,
    flow=_FLOW,
    naming=_NAMING,
    optional_semicolons=_OPTIONAL_SEMICOLONS,
    has_outlines=True,
    has_functions=True,
    documentation=_DOCUMENTATION,
    testing=_UNTYPED,
)

JAVASCRIPT_REACT = replace(
    JAVASCRIPT,
    name="javascriptreact",
    title="JavaScript with JSX",
    aliases=("jsx", "javascript.jsx"),
    extensions=("jsx",),
)

TYPESCRIPT = Language(
    name="typescript",
    title="TypeScript",
    module="tree_sitter_typescript",
    function="language_typescript",
    aliases=("ts",),
    extensions=("ts", "mts", "cts"),
    blocks=Blocks.BRACES,
    statement_lists=kinds(
        "module program statement_block class_body class_static_block switch_body switch_case "
        "switch_default interface_body enum_body object_type object array"
    ),
    line_comment="//",
    block_comment=C_COMMENT,
    strings=(BACKTICKS, DOUBLE_QUOTES, SINGLE_QUOTES),
    has_regex_literals=True,
    quotes=Quotes.SAME,
    flow=_TYPED_FLOW,
    naming=_NAMING,
    optional_semicolons=_OPTIONAL_SEMICOLONS,
    has_outlines=True,
    has_functions=True,
    documentation=_DOCUMENTATION,
    testing=_TYPED,
)

TYPESCRIPT_REACT = replace(
    TYPESCRIPT,
    name="typescriptreact",
    title="TypeScript with JSX",
    function="language_tsx",
    aliases=("tsx", "typescript.tsx"),
    extensions=("tsx",),
    has_elements=True,
    gap=_MISMATCHED_TAGS,
)

ECMASCRIPT = (JAVASCRIPT, JAVASCRIPT_REACT, TYPESCRIPT, TYPESCRIPT_REACT)
