"""The entry of each language is complete, and each has its cases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from code_checks.hole import Hole
from code_checks.languages import (
    Blocks,
    Language,
    all_languages,
    indents_with_tabs,
    is_prose,
    language_named,
    language_of_path,
    parser,
    unit_testing_of,
)
from code_checks.languages.facts import Quotes
from code_checks.languages.language import BRACE_FUNCTION, BRACE_OPENERS
from code_checks.languages.unit_testing import Toolchain, UnitTesting
from code_checks.text.lexical import balance, scan
from tests.notation import read_cases
from tests.tidy.sources import ROOT, product_modules, text

LANGUAGES = {language.name: language for language in all_languages()}
ALIASES = {alias: language for language in all_languages() for alias in language.aliases}
BRACKETS_AND_MORE = "a('b', \"c\") # { // [ -- ( /* `"

Claim = Callable[[Language], bool]


def always(language: Language) -> bool:
    return True


SUITES: dict[str, Claim] = {
    "tests/code_checks/languages/cases": always,
    "tests/code_checks/checks/syntax/cases": always,
    "tests/ensemble/cascade/choosing": always,
    "tests/code_checks/text/extent/ends": lambda language: not language.is_data,
    "tests/code_checks/trees/canonical/cases": lambda each: each.quotes is not Quotes.DIFFERENT,
    "tests/code_checks/trees/outlines": lambda language: language.has_outlines,
    "tests/code_checks/trees/functions": lambda language: language.has_functions,
    "tests/code_checks/fixes/cases": lambda each: bool(each.end_words or each.empty_body),
    "tests/code_checks/execution/examples": lambda language: language.testing is not None,
}
"""Folders of cases, and the languages of which each of them must have one."""


def cases_in(folder: str) -> set[str]:
    """Return the languages that a folder has cases for."""
    named = {path.stem for path in (ROOT / folder).glob("*.txt")}
    return named | {case.words[0] for case in read_cases(ROOT / folder)}


@pytest.mark.parametrize("folder", SUITES)
def test_every_language_has_its_cases(folder: str) -> None:
    wanted = {language.name for language in all_languages() if SUITES[folder](language)}
    assert wanted - cases_in(folder) == set()


def test_a_folder_without_cases_is_noticed() -> None:
    assert "rust" not in cases_in("tests/code_checks/checks/names/cases")


def gaps(language: Language) -> Iterator[str]:
    """Yield the fields that an entry leaves out although others make them necessary."""
    wanted = {
        "extensions": True,
        "statement_lists": True,
        "line_comment": not language.is_data,
        "strings": not language.is_data,
        "block_comment": language.blocks is Blocks.BRACES and not language.is_data,
        "block_ends": language.blocks is Blocks.KEYWORD,
        "missing_ends": language.blocks is Blocks.KEYWORD,
        "end_words": language.blocks is Blocks.KEYWORD,
        "bodies": language.blocks is Blocks.INDENTATION,
        "empty_body": language.blocks is Blocks.INDENTATION,
        "compound_statement": language.blocks is Blocks.INDENTATION,
        "documentation": language.has_functions,
        "has_functions": language.testing is not None,
    }
    yield from (name for name, needed in wanted.items() if needed and not getattr(language, name))
    if language.blocks in (Blocks.KEYWORD, Blocks.INDENTATION):
        if language.openers is BRACE_OPENERS:
            yield "openers"
        if language.function_header is BRACE_FUNCTION:
            yield "function_header"
    if language.testing is not None:
        yield from gaps_of_testing(language.testing)


def gaps_of_testing(testing: UnitTesting) -> Iterator[str]:
    if "MESSAGE" not in testing.raising:
        yield "testing.raising"
    if testing.assertion and "NAME" not in testing.opening:
        yield "testing.opening"
    if testing.toolchain is not Toolchain.PYTHON:
        wanted = {"names": testing.names, "expression": any(testing.expression),
                  "literals": testing.literals}  # fmt: skip
        yield from (f"testing.{name}" for name, given in wanted.items() if not given)


@pytest.mark.parametrize("name", LANGUAGES)
def test_an_entry_is_complete(name: str) -> None:
    language = LANGUAGES[name]
    assert list(gaps(language)) == []
    assert language.title
    assert set(language.block_ends) <= set(language.closers)
    assert language.read_also_as in {"", *LANGUAGES}


@pytest.mark.parametrize("name", LANGUAGES)
def test_kinds_of_nodes_are_those_of_the_grammar(name: str) -> None:
    language = LANGUAGES[name]
    grammar = parser(language).language
    assert grammar is not None
    known = {grammar.node_kind_for_id(number) for number in range(grammar.node_kind_count)}
    literals = language.testing.literals if language.testing else frozenset()
    assert language.statement_lists | language.meaningful_parentheses | literals <= known


def test_a_gap_is_noticed() -> None:
    bare = Language(name="a", title="A", module="tree_sitter_python", extensions=(),
                    blocks=Blocks.KEYWORD, statement_lists=frozenset(), line_comment="",
                    strings=())  # fmt: skip
    assert list(gaps(bare)) == [
        "extensions", "statement_lists", "line_comment", "strings", "block_ends", "missing_ends",
        "end_words", "openers", "function_header",
    ]  # fmt: skip


def test_names_are_given_once() -> None:
    names = [name for each in all_languages() for name in (each.name, *each.aliases)]
    extensions = [extension for each in all_languages() for extension in each.extensions]
    for given in (names, extensions):
        assert sorted(given) == sorted(set(given))
        assert all(name == name.lower() for name in given)


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_language_is_found(name: str) -> None:
    language = LANGUAGES[name]
    for known in (name, name.upper(), *language.aliases):
        assert language_named(known) is language
        assert unit_testing_of(known) is language.testing
    for extension in language.extensions:
        assert language_of_path(f"folder.d/file.{extension}") == name
        assert language_of_path(f"FILE.{extension.upper()}") == name


def test_what_is_not_known() -> None:
    for name in ("", "markdown", "brainfuck"):
        assert language_named(name) is None
        assert unit_testing_of(name) is None
    assert language_of_path("README") == language_of_path("a.unknown") == "plaintext"


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_is_read_like_its_language(alias: str) -> None:
    """Vim says `sh`, VS Code says `jsonc`."""
    own, name = BRACKETS_AND_MORE, ALIASES[alias].name
    assert scan(alias, own) == scan(name, own)
    assert balance(Hole(alias, own, own)) == balance(Hole(name, own, own))


PROSE = {"plaintext", "markdown", "latex", "restructuredtext", "html", "yaml"}


@pytest.mark.parametrize("name", sorted({*LANGUAGES, *PROSE, "brainfuck"}))
def test_prose(name: str) -> None:
    assert is_prose(name) == (name in PROSE)


def test_every_fact_is_used() -> None:
    users = [text(name) for name in product_modules() if not Path(name).match(
        "code_checks/languages/[!_]*.py"
    )]  # fmt: skip
    facts = {*(field.name for field in fields(Language)), *UnitTesting._fields}
    assert {name for name in facts
            if not any(re.search(rf"\.{name}\b", user) for user in users)} == set()  # fmt: skip


def test_indentation_with_tabs() -> None:
    names = {*LANGUAGES, "make", "makefile", "brainfuck"}
    assert {name for name in names if indents_with_tabs(name)} == {"go", "make", "makefile"}
