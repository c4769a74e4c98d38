"""Python."""

from __future__ import annotations

from code_checks.languages.facts import (
    DOUBLE_QUOTES,
    SINGLE_QUOTES,
    TRIPLE_DOUBLE_QUOTES,
    TRIPLE_SINGLE_QUOTES,
    Binder,
    BlockEnd,
    Blocks,
    Body,
    ControlFlow,
    DocStyle,
    LazyPattern,
    Naming,
    Quotes,
    kinds,
)
from code_checks.languages.language import CLOSING_BRACKETS, Language
from code_checks.languages.unit_testing import Toolchain, UnitTesting

_COMPREHENSIONS = """
list_comprehension set_comprehension dictionary_comprehension generator_expression
"""

PYTHON = Language(
    name="python",
    title="Python",
    module="tree_sitter_python",
    aliases=("py",),
    extensions=("py", "pyi", "pyw"),
    blocks=Blocks.INDENTATION,
    indentation_matters=True,
    statement_lists=kinds("module block"),
    line_comment="#",
    strings=(TRIPLE_DOUBLE_QUOTES, TRIPLE_SINGLE_QUOTES, DOUBLE_QUOTES, SINGLE_QUOTES),
    quotes=Quotes.SAME,
    openers=LazyPattern(r":\Z"),
    closers=("else", "elif", "except", "finally", *CLOSING_BRACKETS),
    clauses=("else", "elif", "except", "finally"),
    function_header=LazyPattern(r"\s*(?:async\s+)?def\b"),
    compound_statement=LazyPattern(
        r"\s*(?:async\b|class|def|elif|else|except|finally|for|if|match|case|try|while|with|lambda)"
        r"\b"
    ),
    empty_body="pass",
    bodies=(
        Body(LazyPattern(r"#"), ("pass",)),
        Body(LazyPattern(r"@"), ("def _(): pass",)),
        Body(
            LazyPattern(r".*:\s*(?:#.*)?$"),
            ("    pass", "    pass\nfinally:\n    pass", "    case _: pass"),
        ),
    ),
    missing_ends=(
        BlockEnd(LazyPattern(r"try:"), "finally: pass", instead=("except", "finally", "else")),
    ),
    flow=ControlFlow(
        leaving=kinds("return_statement raise_statement break_statement continue_statement"),
        may_follow=kinds("break_statement continue_statement"),  # A habit from other languages.
        placeholder=LazyPattern(
            r"pass\b|\.\.\.|raise\s+(?:NotImplementedError|AssertionError)\b|assert\s+(?:False|0)\b"
            r"|assert_never\b"
        ),
        suspending=kinds("yield"),
        assignment="assignment",
    ),
    naming=Naming(
        binders=(
            Binder("lambda", "parameters", scope=kinds("lambda")),
            Binder("for_in_clause", "left", "right", scope=kinds(_COMPREHENSIONS)),
            Binder("for_statement", "left", "right"),
            Binder("assignment", "left", "*"),
            Binder("named_expression", "name", "*"),
            Binder("as_pattern", "alias", "*"),
        ),
        functions=kinds("function_definition"),
        classes=kinds("class_definition"),
        members=kinds("attribute.attribute keyword_argument.name"),
        visible=kinds(
            "global_statement nonlocal_statement function_definition class_definition dotted_name"
            " parameters default_parameter typed_parameter typed_default_parameter"
        ),
    ),
    optional_semicolons=kinds("module block"),
    statement_ends=(":", ",", " else 0", ": 0", " in (): pass"),
    compiled_by_cpython=True,
    has_outlines=True,
    has_functions=True,
    documentation=DocStyle('"""', "", '"""', stop='"""', inside=True),
    testing=UnitTesting(
        toolchain=Toolchain.PYTHON,
        paths=LazyPattern(r"(?:^|/)(?:test_[^/]*|[^/]*_tests?|tests?)\.py$"),
        raising='raise NotImplementedError("MESSAGE")',
        assertion="assert ",
        opening="\n\n\ndef test_NAME():\n    ",
    ),
)
