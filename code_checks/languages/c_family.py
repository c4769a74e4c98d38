"""C, the languages whose syntax comes from it, and PHP."""

from __future__ import annotations

from dataclasses import replace

from code_checks.languages.facts import (
    C_COMMENT,
    DOUBLE_QUOTES,
    SINGLE_QUOTES,
    TRIPLE_DOUBLE_QUOTES,
    Blocks,
    Quotes,
    kinds,
)
from code_checks.languages.language import Language

C = Language(
    name="c",
    title="C",
    module="tree_sitter_c",
    extensions=("c", "h"),
    blocks=Blocks.BRACES,
    has_preprocessor=True,
    has_macros=True,
    read_also_as="cpp",
    statement_lists=kinds(
        "translation_unit field_declaration_list declaration_list compound_statement "
        "case_statement enumerator_list preproc_if preproc_ifdef preproc_elif preproc_else"
    ),
    line_comment="//",
    block_comment=C_COMMENT,
    strings=(DOUBLE_QUOTES,),
    has_character_literals=True,
    has_outlines=True,
)

CPP = replace(
    C,
    name="cpp",
    title="C++",
    module="tree_sitter_cpp",
    aliases=("c++",),
    extensions=("cpp", "cc", "cxx", "hpp", "hh", "hxx"),
    read_also_as="",
    raw_string=r'R"(?P<delimiter>[^\s()]*)\(.*?(?:\)(?P=delimiter)"|\Z)',
)

JAVA = Language(
    name="java",
    title="Java",
    module="tree_sitter_java",
    extensions=("java",),
    blocks=Blocks.BRACES,
    statement_lists=kinds(
        "block program class_body interface_body enum_body constructor_body annotation_type_body "
        "enum_body_declarations module_body switch_block switch_block_statement_group"
    ),
    line_comment="//",
    block_comment=C_COMMENT,
    strings=(TRIPLE_DOUBLE_QUOTES, DOUBLE_QUOTES),
    has_character_literals=True,
    has_outlines=True,
)

CSHARP = Language(
    name="csharp",
    title="C#",
    module="tree_sitter_c_sharp",
    aliases=("cs", "c#"),
    extensions=("cs",),
    blocks=Blocks.BRACES,
    has_preprocessor=True,
    statement_lists=kinds(
        "block compilation_unit switch_body declaration_list preproc_if preproc_elif preproc_else "
        "switch_section enum_member_declaration_list accessor_list"
    ),
    line_comment="//",
    block_comment=C_COMMENT,
    strings=(DOUBLE_QUOTES,),
    has_character_literals=True,
)

PHP = Language(
    name="php",
    title="PHP",
    module="tree_sitter_php",
    function="language_php",
    extensions=("php",),
    blocks=Blocks.BRACES,
    statement_ends=(";", " {}", ",", " => 0,", " => 0;", ":", " = 0;", " : 0;", " x;"),
    statement_lists=kinds(
        "program declaration_list match_block compound_statement case_statement switch_block "
        "colon_block enum_declaration_list property_hook_list"
    ),
    line_comment="//",
    block_comment=C_COMMENT,
    strings=(DOUBLE_QUOTES, SINGLE_QUOTES),
    quotes=Quotes.SAME_IF_PLAIN,
)

C_FAMILY = (C, CPP, JAVA, CSHARP, PHP)
