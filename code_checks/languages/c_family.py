"""C, the languages whose syntax comes from it, and PHP."""

from __future__ import annotations

from dataclasses import replace

from code_checks.languages.facts import (
    C_COMMENT,
    DOUBLE_QUOTES,
    SINGLE_QUOTES,
    TRIPLE_DOUBLE_QUOTES,
    Binder,
    Blocks,
    ControlFlow,
    LazyPattern,
    Naming,
    Quotes,
    kinds,
)
from code_checks.languages.language import Language

_JUMPS = "return_statement break_statement continue_statement goto_statement"
_THROWS = "throw_statement"
_PREPROCESSOR = """
preproc_if preproc_ifdef preproc_elif preproc_elifdef preproc_else preproc_def preproc_function_def
preproc_call preproc_include
"""
_LABELS = "labeled_statement case_statement break_statement empty_statement"
_C_FLOW = ControlFlow(
    leaving=kinds(_JUMPS),
    may_follow=kinds(_LABELS + _PREPROCESSOR),
    # A macro may be a label.
    placeholder=LazyPattern(r"[A-Z_][A-Z0-9_]{2,}\b|__builtin_unreachable\b|;|abort\(|assert\("),
    assignment="assignment_expression",
)
_C_NAMING = Naming(
    binders=(
        Binder("init_declarator", "declarator", "*"),
        Binder("declaration", "declarator", "type"),
        Binder("for_range_loop", "declarator", "right", scope=kinds("for_range_loop")),
    ),
    functions=kinds("function_definition lambda_expression"),
    visible=kinds("function_declarator labeled_statement goto_statement"),
)

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
    flow=_C_FLOW,
    naming=_C_NAMING,
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
    flow=_C_FLOW._replace(
        leaving=kinds(f"{_JUMPS} {_THROWS} co_return_statement"),
        suspending=kinds("co_yield_statement co_return_statement co_await_expression"),
    ),
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
    flow=ControlFlow(
        leaving=kinds(
            "return_statement throw_statement break_statement continue_statement yield_statement"
        ),
        assignment="assignment_expression",
    ),
    naming=Naming(
        binders=(
            Binder("lambda_expression", "parameters", scope=kinds("lambda_expression")),
            Binder(
                "enhanced_for_statement", "name", "value", scope=kinds("enhanced_for_statement")
            ),
            Binder("variable_declarator", "name", "*"),
        ),
        functions=kinds("method_declaration constructor_declaration lambda_expression"),
        classes=kinds("class_body"),
        members=kinds("field_access.field method_invocation.name"),
        visible=kinds("method_reference labeled_statement break_statement continue_statement"),
    ),
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
    flow=ControlFlow(
        leaving=kinds(f"{_JUMPS} {_THROWS}"),
        may_follow=kinds(f"{_LABELS} local_function_statement {_PREPROCESSOR}"),
        placeholder=LazyPattern(r"throw\s+new\s+(?:NotImplemented|Unreachable)\w*"),
        suspending=kinds("yield_statement"),
        assignment="assignment_expression",
    ),
    naming=Naming(
        binders=(
            Binder("lambda_expression", "parameters", scope=kinds("lambda_expression")),
            Binder("foreach_statement", "left", "right", scope=kinds("foreach_statement")),
            Binder("variable_declarator", "name", "*"),
        ),
        functions=kinds(
            "method_declaration constructor_declaration local_function_statement lambda_expression"
        ),
        classes=kinds("declaration_list"),
        members=kinds(
            "member_access_expression.name argument.name"
            " initializer_expression.assignment_expression.left"
        ),
        visible=kinds("labeled_statement goto_statement anonymous_object_creation_expression"),
    ),
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
