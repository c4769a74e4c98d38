"""A programming language or a data format: everything that Coterie knows about it, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from code_checks.languages.facts import (
    BlockEnd,
    Blocks,
    Body,
    ControlFlow,
    Delimiters,
    DocStyle,
    GrammarException,
    GrammarGap,
    LazyPattern,
    Naming,
    Quotes,
)
from code_checks.languages.unit_testing import UnitTesting

BRACKETS = "()[]{}"
CLOSING_BRACKETS = ("}", ")", "]")
BRACE_OPENERS = LazyPattern(r"(?:=>|->)\Z|\A\s*(?:case\b|default\b).*:\Z", re.DOTALL)
BRACE_FUNCTION = LazyPattern(
    r"(?!\s*(?:if|for|while|switch|catch|else|do|return|foreach|using|lock|with|synchronized)\b)"
    r"(?!\s*\}).*(?:\bfunction\b|=>\s*\{?\s*$|[\w$>\]]\s*\([^;]*\)[^;=]*\{?\s*$)"
)


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Language:
    """The entry of one language. Defaults are what holds in most languages with braces."""

    name: str
    """The LSP language identifier."""
    title: str
    """What people call the language."""
    module: str
    """The module with tree-sitter's grammar."""
    function: str = "language"
    """The function of that module that returns the grammar."""
    aliases: tuple[str, ...] = ()
    """Other identifiers that editors use, in small letters."""
    extensions: tuple[str, ...]
    """The ends of file names, without the dot."""

    blocks: Blocks
    """How the language marks where a block ends."""
    indentation_matters: bool = False
    """Whether other indentation has another meaning."""
    indents_with_tabs: bool = False
    """Whether its own formatter indents with tabs, so that a document without any gets them."""
    is_data: bool = False
    """Whether it is a data format or markup: no statements, no functions."""
    is_prose: bool = False
    """Whether its documents hold so much text that a Markdown fence may belong there."""
    has_elements: bool = False
    """Whether its grammar has elements between tags: HTML, and JavaScript with JSX."""
    has_preprocessor: bool = False
    """Whether a line that begins with `#` in the first column is a directive."""
    has_macros: bool = False
    """Whether a macro may stand for any code, so that the grammar cannot read it."""
    read_also_as: str = ""
    """The identifier of a language that a document may be in although the editor says this one:
    headers of C++ are often taken for C. "" for none."""

    statement_lists: frozenset[str]
    """The kinds of nodes whose children are statements, or what stands for them in a format."""
    line_comment: str
    """The mark that begins a comment up to the line's end, "" if there is none."""
    comment_after_space: bool = False
    """Whether that mark begins a comment only after white space or at a line's beginning."""
    block_comment: Delimiters | None = None
    """The marks around a comment of several lines."""
    strings: tuple[Delimiters, ...]
    """The marks around strings; of two that begin alike the longer one comes first."""
    quotes_span_lines: bool = False
    """Whether strings that are not `is_multiline` may hold line ends all the same."""
    raw_string: str = ""
    """An expression that matches strings with delimiters of the author's choice, closed or not."""
    has_character_literals: bool = False
    """Whether `'` stands around one character."""
    has_regex_literals: bool = False
    """Whether `/` may begin a regular expression."""
    quotes: Quotes = Quotes.DIFFERENT
    """Whether `'` and `"` mean the same."""
    brackets: str = BRACKETS
    """The brackets that come in pairs outside strings and comments, and so can be counted."""

    openers: LazyPattern = BRACE_OPENERS
    """What is found in a line at whose end a block begins, besides an opening bracket at its end.
    The line is without its comment and the white space at its end."""
    closers: tuple[str, ...] = CLOSING_BRACKETS
    """The words and brackets that may begin a line which still belongs to the block above it
    although it is indented less."""
    block_ends: tuple[str, ...] = ()
    """The words that end a block."""
    clauses: tuple[str, ...] = ("else", "catch", "finally", "case", "default")
    """The words that begin a further part of a statement, never a statement."""
    function_header: LazyPattern = BRACE_FUNCTION
    """What a line matches, from its first character on, in which a function's header ends."""
    compound_statement: LazyPattern | None = None
    """What a line matches, from its first character on, whose statement needs a colon. None where
    colons may stand elsewhere, too."""
    requires_braces: bool = False
    """Whether what follows `if (...)` must stand between braces."""
    empty_body: str = ""
    """The statement that does nothing, where a block must have one."""
    bodies: tuple[Body, ...] = ()
    """The bodies that may be missing while somebody types; the first one whose line matches."""
    missing_ends: tuple[BlockEnd, ...] = ()
    """The ends that may be missing while somebody types; the first one whose opener matches."""
    statement_ends: tuple[str, ...] = (
        *(";", " {}", ",", ":", " = x;", " : x;", " x;", " => x;", " => {}"),
    )
    """What a statement may lack on its line behind brackets that the editor closed by itself, the
    likeliest first."""
    end_words: Mapping[str, str] = field(default_factory=dict)
    """The word that ends a block by the word that its first line begins with, under "" for all
    other words."""

    gap: GrammarGap | None = None
    """What the grammar accepts although the language does not."""
    exceptions: tuple[GrammarException, ...] = ()
    """What the language accepts although the grammar does not."""
    meaningful_parentheses: frozenset[str] = frozenset()
    """The kinds of nodes that mean something else between parentheses."""
    flow: ControlFlow | None = None
    """Behind which statements nothing runs; None where that is not known."""
    naming: Naming | None = None
    """Where names are bound; None where that is not known."""
    optional_semicolons: frozenset[str] = frozenset()
    """The kinds of nodes at the end of which, or between whose children, a semicolon may be left
    out without another meaning, if the line ends there."""
    compiled_by_cpython: bool = False
    """Whether CPython, which runs Coterie, reads it: its parser is asked for a second opinion on
    the syntax, and the names check knows its scopes."""
    has_outlines: bool = False
    """Whether `code_checks.trees.definitions` knows the kinds of nodes that define something."""
    has_functions: bool = False
    """Whether `code_checks.trees.functions` knows the kinds of nodes that are functions."""

    documentation: DocStyle | None = None
    """How the documentation of a function is marked; None where none is written."""
    testing: UnitTesting | None = None
    """How functions are tested; None where tests cannot be run."""

    def __repr__(self) -> str:
        return f"Language({self.name!r})"
