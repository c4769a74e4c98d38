"""The kinds of facts that a language's entry is made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tree_sitter import Node


class Blocks(StrEnum):
    """How a language marks where a block ends."""

    INDENTATION = "indentation"
    """By the indentation of the next line."""
    BRACES = "braces"
    """By a closing brace."""
    KEYWORD = "keyword"
    """By a word: `end`, `fi`, `done`."""
    TAGS = "tags"
    """By a closing tag."""
    NONE = "none"
    """There are no blocks: data formats."""


class Quotes(StrEnum):
    """Whether `'` and `"` mean the same."""

    DIFFERENT = "different"
    """One of them is no string, or another kind of string."""
    SAME = "same"
    """They mean the same around any text."""
    SAME_IF_PLAIN = "same if plain"
    """They mean the same around text without escapes and interpolation."""


@dataclass(frozen=True, slots=True)
class Delimiters:
    """What stands around a string or a block comment."""

    begin: str
    """The mark that begins it; a string's begins with a quote, a backtick or a bracket."""
    end: str
    """The mark that ends it. Where it equals `begin`, a backslash escapes it."""
    is_multiline: bool = True
    """Whether it is there for text of several lines."""


C_COMMENT = Delimiters("/*", "*/")
BACKTICKS = Delimiters("`", "`")
TRIPLE_DOUBLE_QUOTES = Delimiters('"""', '"""')
TRIPLE_SINGLE_QUOTES = Delimiters("'''", "'''")
DOUBLE_QUOTES = Delimiters('"', '"', is_multiline=False)
SINGLE_QUOTES = Delimiters("'", "'", is_multiline=False)


@dataclass(frozen=True, slots=True)
class BlockEnd:
    """The text that ends a block whose end is missing."""

    opener: re.Pattern[str]
    """What the line that opens the block matches from its first character on, stripped."""
    text: str
    """The lines that end such a block, with the statement that it must have."""
    instead: tuple[str, ...] = ()
    """The words one of which begins the line behind such a block where its end is not missing. ()
    for every word that ends a block or begins a further part of a statement."""


@dataclass(frozen=True, slots=True)
class Body:
    """Texts that may stand below a line which must not be the last one of its block."""

    line: re.Pattern[str]
    """What the line matches from its first character on, stripped."""
    texts: tuple[str, ...]
    """The bodies that are tried, the likeliest first."""


@dataclass(frozen=True, slots=True)
class GrammarGap:
    """Code that tree-sitter's grammar accepts although the language does not."""

    query: str
    """A query in tree-sitter's language that captures suspects as `@node`."""
    is_error: Callable[[Node], bool]
    """Whether a captured node is an error."""


@dataclass(frozen=True, slots=True)
class GrammarException:
    """Code that the language accepts although tree-sitter's grammar does not."""

    pattern: re.Pattern[str]
    """What is searched for in the lines that hold the insertion."""
    reason: str
    """What the verdict SKIP says."""


@dataclass(frozen=True, slots=True)
class DocStyle:
    """How a language marks the documentation of a function."""

    begin: str
    """The mark before the first line."""
    line: str
    """The mark before each of the other lines."""
    end: str
    """The mark behind the last line."""
    stop: str
    """The mark at which the documentation that a model writes is over."""
    inside: bool = False
    """Whether it stands in the body, as its first statement, and not above the function."""
    begins_with_name: bool = False
    """Whether its first word is the function's name."""


def kinds(words: str) -> frozenset[str]:
    """Return kinds of nodes that are written behind each other."""
    return frozenset(words.split())
