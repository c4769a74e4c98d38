"""Go and Rust."""

from __future__ import annotations

from code_checks.languages.facts import (
    BACKTICKS,
    C_COMMENT,
    DOUBLE_QUOTES,
    Binder,
    Blocks,
    ControlFlow,
    DocStyle,
    LazyPattern,
    Naming,
    kinds,
)
from code_checks.languages.language import Language
from code_checks.languages.unit_testing import Toolchain, UnitTesting

_GO_LITERALS = """
int_literal float_literal interpreted_string_literal raw_string_literal
interpreted_string_literal_content raw_string_literal_content escape_sequence rune_literal true
false nil unary_expression composite_literal slice_type array_type map_type type_identifier
literal_value literal_element keyed_element argument_list
"""

_RUST_ITEMS = """
empty_statement attribute_item function_item struct_item enum_item union_item impl_item trait_item
const_item static_item type_item use_declaration mod_item macro_definition extern_crate_declaration
"""

GO = Language(
    name="go",
    title="Go",
    module="tree_sitter_go",
    extensions=("go",),
    blocks=Blocks.BRACES,
    indents_with_tabs=True,
    statement_lists=kinds(
        "block source_file statement_list expression_case default_case type_case "
        "communication_case import_spec_list var_spec_list field_declaration_list"
    ),
    line_comment="//",
    block_comment=C_COMMENT,
    strings=(BACKTICKS, DOUBLE_QUOTES),
    has_character_literals=True,
    function_header=LazyPattern(r".*\bfunc\b"),
    statement_ends=(" {}", ",", ":", " = x", " := x", "; x {}", " := x {}", " := range x {}"),
    requires_braces=True,
    flow=ControlFlow(
        leaving=kinds("return_statement break_statement continue_statement goto_statement"),
        may_follow=kinds("labeled_statement empty_statement"),
        placeholder=LazyPattern(r"panic\("),
        assignment="assignment_statement",
    ),
    naming=Naming(
        binders=(
            Binder("func_literal", "parameters", scope=kinds("func_literal")),
            Binder("range_clause", "left", "right", ":="),
            Binder("short_var_declaration", "left", "*"),
            Binder("var_spec", "name", "*"),
        ),
        functions=kinds("function_declaration method_declaration func_literal"),
        visible=kinds("literal_element"),
    ),
    optional_semicolons=kinds("block statement_list source_file"),
    has_outlines=True,
    has_functions=True,
    documentation=DocStyle("// ", "// ", "", stop="*/", begins_with_name=True),
    testing=UnitTesting(
        toolchain=Toolchain.GO,
        paths=LazyPattern(r"_test\.go$"),
        raising='panic("MESSAGE")',
        names=LazyPattern(r"(?m)^func ((?:Test|Example)\w*)\("),
        names_module=False,
        expression=("package p\nvar _ = ", "\n"),
        literals=kinds(_GO_LITERALS),
    ),
)

RUST = Language(
    name="rust",
    title="Rust",
    module="tree_sitter_rust",
    extensions=("rs",),
    blocks=Blocks.BRACES,
    statement_lists=kinds(
        "block source_file field_declaration_list declaration_list enum_variant_list match_block "
        "unsafe_block async_block const_block try_block"
    ),
    line_comment="//",
    block_comment=C_COMMENT,
    strings=(DOUBLE_QUOTES,),
    quotes_span_lines=True,
    raw_string=r'\br(?P<hashes>#*)".*?(?:"(?P=hashes)|\Z)',
    has_character_literals=True,
    function_header=LazyPattern(r".*\bfn\s+\w+"),
    statement_ends=(
        *(";", " {}", ",", " => {}", " = x;", " = x {}", " in x {}", ": x,", " -> x {}"),
    ),
    requires_braces=True,
    flow=ControlFlow(
        leaving=kinds("return_expression break_expression continue_expression"),
        may_follow=kinds(_RUST_ITEMS),
        placeholder=LazyPattern(r"(?:unreachable|todo|unimplemented|panic)!"),
        conditional=kinds("attribute_item"),
        assignment="assignment_expression",
    ),
    naming=Naming(
        binders=(
            Binder("closure_expression", "parameters", scope=kinds("closure_expression")),
            Binder("for_expression", "pattern", "value", scope=kinds("for_expression")),
            Binder("let_declaration", "pattern", "*"),
        ),
        functions=kinds("function_item closure_expression"),
        visible=kinds("shorthand_field_initializer"),
    ),
    has_outlines=True,
)
