"""Go and Rust."""

from __future__ import annotations

from code_checks.languages.facts import (
    BACKTICKS,
    C_COMMENT,
    DOUBLE_QUOTES,
    Blocks,
    DocStyle,
    LazyPattern,
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
    has_outlines=True,
)
