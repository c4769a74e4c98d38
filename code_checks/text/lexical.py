"""Brackets, strings and comments of unfinished code, found approximately and fast.

A parser cannot say which brackets a half-typed text leaves open, and is too slow to ask at every
generated line. Here one regular expression per language skips strings and comments and sees the
brackets between them. It knows no nesting inside template strings, no heredocs and no macros, so
what it finds is evidence for a filter and never a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from code_checks.hole import Hole
from code_checks.languages import all_languages, language_named
from code_checks.languages.facts import Delimiters
from code_checks.languages.language import BRACKETS, Language
from code_checks.languages.without_grammar import PLAIN_TEXT
from code_checks.text.pairs import CLOSING_BRACKET

MAXIMUM_SCAN = 300_000
"""How many characters on either side of the cursor are looked at: some 10 ms, once per hole."""

_STRING_BEGINNINGS = frozenset(marks.begin for each in all_languages() for marks in each.strings)
_CHARACTER_LITERAL = r"(?<![0-9])'(?:\\[^'\n]{1,10}|[^'\\\n])'"
_REGEX_LITERAL = r"(?<=[=(,:!&|?;\[{])[ ]?/(?![/*])(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\\\n\[])+/"


class Scan(NamedTuple):
    """What a run of code leaves open."""

    openers: str
    """The brackets that it opens and does not close, outermost first."""
    closers: tuple[int, ...]
    """The offsets of the brackets that close nothing in it."""
    inside: str
    """The mark that began the string or comment which is still open at the end of the run, "" where
    that end is code."""


class Balance(NamedTuple):
    """The brackets around a hole."""

    open: str
    """The brackets that the prefix leaves open, outermost first."""
    closed: int
    """How many of these the suffix closes."""
    unopened: int
    """How many closing brackets of the suffix have no opening one before them."""
    inside: str
    """The mark that began the string or comment in which the cursor stands, "" in code."""

    @property
    def wanted(self) -> int:
        """How many more brackets the hole's text should close than open (negative: open)."""
        return len(self.open) - self.closed - self.unopened


def scan(language: str, text: str, inside: str = "") -> Scan:
    """Find the unclosed brackets of a text that begins in code, or inside a string or comment."""
    start = _end_of_region(language, text, inside) if inside else 0
    if start is None:
        return Scan("", (), inside)
    openers: list[str] = []
    closers: list[int] = []
    for match in _tokens(language).finditer(text, start):
        token = match.group()
        if match.lastgroup == "bracket":
            if token in CLOSING_BRACKET:
                openers.append(token)
            elif openers and CLOSING_BRACKET[openers[-1]] == token:
                openers.pop()
            else:
                closers.append(match.start())
        elif match.end() == len(text) and (mark := _unclosed(language, token)):
            return Scan("".join(openers), tuple(closers), mark)
    return Scan("".join(openers), tuple(closers), "")


def multiline_spans(language: str, text: str, inside: str = "") -> list[tuple[int, int]]:
    """Return the spans of strings and block comments in `text` that hold a line end."""
    start = 0
    spans: list[tuple[int, int]] = []
    if inside:
        end = _end_of_region(language, text, inside)
        start = len(text) if end is None else end
        spans.append((0, start))
    for match in _tokens(language).finditer(text, start):
        if match.lastgroup != "bracket" and "\n" in match.group():
            spans.append(match.span())
    return spans


def continuation_spans(language: str, text: str) -> list[tuple[int, int]]:
    """Return the spans of `text` in which a new line does not begin a new statement."""
    spans: list[tuple[int, int]] = []
    depth = start = 0
    for match in _tokens(language).finditer(text):
        token = match.group()
        if match.lastgroup != "bracket":
            if not depth and "\n" in token:
                spans.append(match.span())
        elif token in CLOSING_BRACKET:
            start = start if depth else match.start()
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                spans.append((start, match.end()))
    return [*spans, (start, len(text))] if depth else spans


@lru_cache(maxsize=16)
def balance(hole: Hole) -> Balance:
    """Return which brackets are open around a hole; cached, since candidates share their hole."""
    before = scan(hole.language, hole.prefix[-MAXIMUM_SCAN:], _inside_at_start(hole))
    rest = scan(hole.language, hole.suffix[:MAXIMUM_SCAN], before.inside)
    is_cut = len(hole.prefix) > MAXIMUM_SCAN
    # Brackets that were opened before the cut are not known, so neither is what the suffix closes.
    closed = 0 if is_cut else min(len(before.openers), len(rest.closers))
    unopened = 0 if is_cut else len(rest.closers) - closed
    return Balance(before.openers, closed, unopened, before.inside)


def sees_brackets(language: str) -> bool:
    """Say whether brackets mean enough in a language to be counted."""
    return _brackets(language) == BRACKETS


def is_string(inside: str) -> bool:
    """Say whether a mark, as `Scan.inside` has it, begins a string (and not a comment)."""
    return inside in _STRING_BEGINNINGS


@cache
def _tokens(name: str) -> re.Pattern[str]:
    """Return the expression that finds a language's strings, comments and brackets."""
    language = language_named(name)
    parts = list(_texts(language)) if language else []
    if brackets := _brackets(name):
        parts.append(rf"(?P<bracket>[{re.escape(brackets)}])")
    return re.compile("|".join(parts) or r"(?!)", re.DOTALL)


def _texts(language: Language) -> Iterator[str]:
    """Yield the expressions for what is no code: comments, then strings of each kind."""
    spans_lines = language.quotes_span_lines
    if language.block_comment:
        yield _region(language.block_comment, spans_lines)
    if comment := language.line_comment:
        before = r"(?<!\S)" if language.comment_after_space else ""
        yield rf"{before}{re.escape(comment)}[^\n]*+"
    if language.raw_string:
        yield language.raw_string
    for marks in language.strings:
        yield _region(marks, spans_lines)
    if language.has_character_literals:
        yield _CHARACTER_LITERAL
    if language.has_regex_literals:
        yield _REGEX_LITERAL


def _region(marks: Delimiters, spans_lines: bool) -> str:
    """Return an expression for a string or comment between these marks, closed or not."""
    close = re.escape(marks.end)
    escape = r"\\.|" if marks.begin == marks.end else ""
    body = r"." if marks.is_multiline or spans_lines else r"[^\\\n]"
    return rf"{re.escape(marks.begin)}(?:{escape}(?!{close}){body})*(?:{close}|\Z)"


def _brackets(name: str) -> str:
    language = language_named(name)
    if language is None:
        return "" if name == PLAIN_TEXT else BRACKETS
    return language.brackets


def _unclosed(name: str, token: str) -> str:
    """Return the mark of a string or comment that runs to the end of the text unclosed, or ""."""
    language = language_named(name)
    if language is None:
        return ""
    for marks in (*language.strings, language.block_comment):
        if marks is not None and token.startswith(marks.begin):
            content = token[len(marks.begin) :]
            body = content.removesuffix(marks.end)
            if marks.begin == marks.end and (len(body) - len(body.rstrip("\\"))) % 2:
                return marks.begin  # The quote at the end is escaped.
            return "" if body != content else marks.begin
    comment = language.line_comment
    return comment if comment and token.startswith(comment) else ""


def _end_of_region(name: str, text: str, inside: str) -> int | None:
    """Return where a string or comment that is open at the start of `text` ends, None if not."""
    language = language_named(name)
    marks = _delimiters(language).get(inside) if language else None
    if language is None or marks is None:  # A line comment.
        line_end = text.find("\n")
        return None if line_end < 0 else line_end
    region = _region(marks, language.quotes_span_lines).removeprefix(re.escape(inside))
    match = re.match(region, text, re.DOTALL)
    if match is None:  # A one-line string whose line ends before it is closed.
        return text.find("\n")
    is_closed = match.end() < len(text) or match.group().endswith(marks.end)
    return match.end() if is_closed else None


@cache
def _delimiters(language: Language) -> dict[str, Delimiters]:
    """Return the marks of a language's strings and block comments by how they begin."""
    every = (*language.strings, language.block_comment)
    return {marks.begin: marks for marks in every if marks is not None}


def closing_mark(name: str, inside: str) -> str:
    """Return the mark that ends a text of several lines, given the one that began it; "" for
    anything else that `Scan.inside` may be."""
    language = language_named(name)
    marks = _delimiters(language).get(inside) if language else None
    return marks.end if marks is not None and marks.is_multiline else ""


def _inside_at_start(hole: Hole) -> str:
    """Guess whether a piece of a document begins inside a docstring.

    Neighborhoods of a cursor may begin anywhere. A triple quote alone on its line, after a line
    that cannot continue with a string, closes a docstring whose beginning is out of sight.
    """
    language = language_named(hole.language)
    if language is None or language.documentation is None or not language.documentation.inside:
        return ""
    match = re.search(r'"""|\'\'\'', hole.prefix)
    if match is None:
        return ""
    above, _, line = hole.prefix[: match.start()].rpartition("\n")
    rest_of_line = hole.prefix[match.end() :].split("\n", 1)[0]
    if line.strip() or rest_of_line.strip() or not above.strip():
        return ""
    return "" if re.search(r"[:(\[{,=+\\]\s*(#.*)?$", above) else match.group()
