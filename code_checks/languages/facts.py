"""The kinds of facts that a language's entry is made of.

They are named tuples, because each data class would cost every start half a millisecond.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from tree_sitter import Node


class LazyPattern:
    """A regular expression that is compiled when it is first used: most languages never are."""

    def __init__(self, expression: str, flags: re.RegexFlag = re.NOFLAG) -> None:
        self._expression = expression
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._expression, self._flags)

    def match(self, text: str) -> re.Match[str] | None:
        """Return what matches at the beginning of a text."""
        return self._compiled.match(text)

    def search(self, text: str) -> re.Match[str] | None:
        """Return what matches first anywhere in a text."""
        return self._compiled.search(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Yield everything in a text that matches."""
        return self._compiled.finditer(text)


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


class Delimiters(NamedTuple):
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


class BlockEnd(NamedTuple):
    """The text that ends a block whose end is missing."""

    opener: LazyPattern
    """What the line that opens the block matches from its first character on, stripped."""
    text: str
    """The lines that end such a block, with the statement that it must have."""
    instead: tuple[str, ...] = ()
    """The words one of which begins the line behind such a block where its end is not missing. ()
    for every word that ends a block or begins a further part of a statement."""


class Body(NamedTuple):
    """Texts that may stand below a line which must not be the last one of its block."""

    line: LazyPattern
    """What the line matches from its first character on, stripped."""
    texts: tuple[str, ...]
    """The bodies that are tried, the likeliest first."""


class GrammarGap(NamedTuple):
    """Code that tree-sitter's grammar accepts although the language does not."""

    query: str
    """A query in tree-sitter's language that captures suspects as `@node`."""
    is_error: Callable[[Node], bool]
    """Whether a captured node is an error."""


class GrammarException(NamedTuple):
    """Code that the language accepts although tree-sitter's grammar does not."""

    pattern: LazyPattern
    """What is searched for in the lines that hold the insertion."""
    reason: str
    """What the verdict SKIP says."""


class DocStyle(NamedTuple):
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


class ControlFlow(NamedTuple):
    """The statements behind which nothing runs in the same list, as kinds of nodes."""

    leaving: frozenset[str]
    """The kinds that leave the list: `return`, `throw`, `break`, ... An expression counts where it
    is a whole statement."""
    may_follow: frozenset[str] = frozenset()
    """The kinds that may stand behind them: what is hoisted, what something may jump to, what a
    preprocessor may take out, and what people write there by habit."""
    placeholder: LazyPattern | None = None
    """What a statement matches, from its first character on, that may be left unreachable because
    it says that there is no code yet, or that this place is never reached."""
    suspending: frozenset[str] = frozenset()
    """The kinds that make a generator of a function even where they are not reached."""
    conditional: frozenset[str] = frozenset()
    """The kinds that, right before a statement, may take it out."""
    assignment: str = ""
    """The kind that assigns `right` to `left` and, being a statement, does nothing where both are
    the same name; "" where that cannot be said."""


class Binder(NamedTuple):
    """A kind of node that binds names."""

    kind: str
    """The kind."""
    names: str
    """The field that holds the names."""
    value: str = ""
    """The field that is evaluated before the names are bound, "*" for all that is not the names."""
    needs: str = ""
    """The field or the sign without which the node sets names that something else has bound."""
    scope: frozenset[str] = frozenset()
    """The kinds of nodes, this one or around it, outside of which the names mean nothing. Empty
    where they live to the end of the function."""


class Naming(NamedTuple):
    """Where names are bound, so that texts which only call things differently vote together."""

    binders: tuple[Binder, ...]
    """The kinds of nodes that bind names."""
    functions: frozenset[str]
    """The kinds of nodes at whose end the names end that are bound in them."""
    classes: frozenset[str] = frozenset()
    """The kinds of nodes in which names are bound for others to see."""
    members: frozenset[str] = frozenset()
    """Where an identifier is the name of a member, a parameter or a label: the kind of the node
    around it with the field, `attribute.attribute`, or with one kind more before it."""
    visible: frozenset[str] = frozenset()
    """The kinds of nodes around an identifier where its very name matters."""


def kinds(words: str) -> frozenset[str]:
    """Return kinds of nodes that are written behind each other."""
    return frozenset(words.split())
