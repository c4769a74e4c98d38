"""Everything that is known about one programming language: an entry for each, and how to find it.

    language_named("python").line_comment == "#"

A new language is one entry in one of the modules here; `docs/languages.md` says what belongs to it.
No other module compares a language's name with anything.
"""

from __future__ import annotations

import importlib
from functools import cache

from tree_sitter import Language as Grammar
from tree_sitter import Parser

from code_checks.languages.c_family import C_FAMILY
from code_checks.languages.data_formats import DATA_FORMATS
from code_checks.languages.ecmascript import ECMASCRIPT
from code_checks.languages.facts import Blocks
from code_checks.languages.go_and_rust import GO, RUST
from code_checks.languages.keyword_languages import KEYWORD_LANGUAGES
from code_checks.languages.language import Language
from code_checks.languages.python_language import PYTHON
from code_checks.languages.unit_testing import UnitTesting
from code_checks.languages.without_grammar import PLAIN_TEXT, PROSE, TAB_INDENTED

__all__ = [
    "Blocks",
    "Language",
    "all_languages",
    "indents_with_tabs",
    "is_prose",
    "language_named",
    "language_of_path",
    "parser",
    "unit_testing_of",
]

_ALL = (PYTHON, *ECMASCRIPT, GO, RUST, *C_FAMILY, *KEYWORD_LANGUAGES, *DATA_FORMATS)
_BY_NAME = {name: language for language in _ALL for name in (language.name, *language.aliases)}
_BY_EXTENSION = {ending: language.name for language in _ALL for ending in language.extensions}


def language_named(name: str) -> Language | None:
    """Return the language with this LSP identifier or common alias, or None."""
    return _BY_NAME.get(name) or _BY_NAME.get(name.lower())


def language_of_path(path: str) -> str:
    """Return the LSP identifier for a file name, `plaintext` if it is unknown."""
    return _BY_EXTENSION.get(path.rsplit(".", 1)[-1].lower(), PLAIN_TEXT)


def all_languages() -> tuple[Language, ...]:
    """Return every language that has a grammar."""
    return _ALL


def unit_testing_of(name: str) -> UnitTesting | None:
    """Return how functions of a language are tested, None where that is not known."""
    language = language_named(name)
    return language.testing if language else None


def is_prose(name: str) -> bool:
    """Tell whether documents of a language hold so much text that a fence may belong there."""
    language = language_named(name)
    return language.is_prose if language else name in PROSE


def indents_with_tabs(name: str) -> bool:
    """Tell whether lines of a language are indented with tabs wherever nothing else is seen."""
    language = language_named(name)
    return language.indents_with_tabs if language else name in TAB_INDENTED


@cache
def parser(language: Language) -> Parser:
    """Return the tree-sitter parser of a language. Importing a grammar takes a few milliseconds."""
    module = importlib.import_module(language.module)
    return Parser(Grammar(getattr(module, language.function)()))
