"""The definition around a hole, found by indentation alone: no parse, a scan of lines.

Code is indented by convention even where the language does not ask for it, so the lines with
less and less indentation above the hole are what encloses it. That is cheap enough for a file of
20,000 lines at each keystroke, and it works where the code cannot be parsed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from code_checks.hole import Hole, surrounding_lines
from code_checks.languages import Blocks, Language, all_languages, language_named

MAX_LINES = 2_000
MAX_CHARACTERS = 200_000
MAX_TEXT = 20_000
"""No text for a hole is longer than this, in characters; a longer one is a runaway model."""

# The words of all languages together: a document may be in a language that is not known here, and
# what a scan of lines finds is a guess, which the parser has the last word on.
_END_WORDS = "|".join(sorted({word for each in all_languages() for word in each.block_ends}))
_CLAUSE_WORDS = "|".join(sorted({word for each in all_languages() for word in each.clauses}))
_ENDS = re.compile(rf"[\]}})]|(?:{_END_WORDS})\b|</")
_CONTINUES = re.compile(rf"(?:{_CLAUSE_WORDS})\b|\{{\s*$")
_PARAGRAPH = 200
"""Where no blank line is closer than this, none is taken for the end of a paragraph."""
_LEADS = re.compile(r"@|#!?\[|template\b|\[")
_DIRECTIVE = re.compile(r"#\s*(?:if|ifdef|ifndef|else|elif|endif|define|undef|pragma|include)\b")
_LABEL = re.compile(r"(?!default)\w+:\s*(?:/[/*].*)?$")


class Ancestor(NamedTuple):
    """A line that encloses the hole."""

    row: int
    """Its row among the lines before the hole's line, counted from 0."""
    indent: int
    """The width of its indentation in columns."""
    text: str
    """The line without its indentation and the white space at its end."""


def is_large(hole: Hole) -> bool:
    """Tell whether the whole document is too long to be parsed while somebody types."""
    characters = len(hole.prefix) + len(hole.suffix)
    if characters > MAX_CHARACTERS:
        return True
    return hole.prefix.count("\n") + hole.suffix.count("\n") > MAX_LINES


def indent_of(line: str) -> int:
    """Return the width of a line's indentation, tabs to multiples of eight."""
    expanded = line.expandtabs(8)
    return len(expanded) - len(expanded.lstrip())


@lru_cache(maxsize=16)
def enclosing_definition(hole: Hole) -> Hole | None:
    """Return the hole in its enclosing definition alone: the outermost one of bearable length.

    What encloses that definition is kept as bare headers with the lines that close them. None if
    that would be the whole document again, or if nothing is short enough.
    """
    ancestors = enclosing_lines(hole)
    for level in range(len(ancestors) + 1):
        narrow = _narrowed(hole, ancestors, level)
        lines = narrow.prefix.count("\n") + narrow.suffix.count("\n")
        if lines <= MAX_LINES and len(narrow.prefix) + len(narrow.suffix) <= MAX_CHARACTERS:
            return narrow if narrow != hole else None
    return None


def _narrowed(hole: Hole, ancestors: tuple[Ancestor, ...], level: int) -> Hole:
    """Return the hole in the definition that `ancestors[level]` begins, or among its siblings."""
    before, after = (text.splitlines(keepends=True) for text in surrounding_lines(hole))
    outer, language = ancestors[:level], language_named(hole.language)
    if level < len(ancestors):
        header, indent = ancestors[level].row, ancestors[level].indent
    else:
        indent = hole_indent(hole)
        header = _line_above(before, len(before), indent)
        header += bool(outer and header == outer[-1].row)
    first = _first_line(before, header, indent)
    last = _last_line(after, indent, language, is_sibling=level == len(ancestors))
    headers = [_header(before, ancestor) for ancestor in outer]
    closers = [_closing_line(after, ancestor.indent) for ancestor in reversed(outer)]
    prefix = "".join([*headers, *before[first:], hole.line_head])
    line_end = "\n" if len(hole.suffix) > len(hole.line_tail) else ""
    return Hole(hole.language, prefix, "".join([hole.line_tail, line_end, *after[:last], *closers]))


@lru_cache(maxsize=16)
def enclosing_lines(hole: Hole) -> tuple[Ancestor, ...]:
    """Return the lines that enclose the hole's line, outermost first."""
    lines = surrounding_lines(hole)[0].splitlines()
    language = language_named(hole.language)
    found, limit = [], hole_indent(hole)
    for index in range(len(lines) - 1, -1, -1):
        if limit == 0:
            break
        line = lines[index]
        if not line.strip() or _is_aside(line, language):
            continue
        indent = indent_of(line)
        if indent < limit:
            limit = indent
            found.append(Ancestor(index, indent, line.strip()))
    return tuple(reversed(found))


def hole_indent(hole: Hole) -> int:
    """Return the indentation of the hole's line; of a line without any, that of its neighbors."""
    line = hole.line_head + hole.line_tail
    if line.strip() or hole.line_head:
        return indent_of(hole.line_head + (hole.line_tail or "x"))
    before, after = surrounding_lines(hole)
    above = next((x for x in reversed(before[-4_000:].splitlines()) if x.strip()), "")
    below = next((x for x in after[:4_000].splitlines() if x.strip()), "")
    return min(indent_of(above), indent_of(below))


def ends_block(line: str) -> bool:
    """Tell whether a line begins with what ends the block above it (`}`, `)`, `end`, `fi`)."""
    return bool(_ENDS.match(line.lstrip()))


def _belongs_above(line: str) -> bool:
    return ends_block(line) or bool(_CONTINUES.match(line.lstrip()))


def _is_aside(line: str, language: Language | None) -> bool:
    """Tell whether a line's indentation says nothing: a comment, a directive, a label."""
    text = line.lstrip()
    if language is None:
        return False
    if language.line_comment and text.startswith(language.line_comment):
        return True
    braces = language.blocks is Blocks.BRACES
    return braces and bool(_DIRECTIVE.match(text) or _LABEL.match(text))


def _line_above(lines: list[str], index: int, indent: int) -> int:
    """Return the index of the closest line above that is indented at most so much, or 0."""
    above = range(index - 1, -1, -1)
    return next((i for i in above if lines[i].strip() and indent_of(lines[i]) <= indent), 0)


def _first_line(lines: list[str], index: int, indent: int) -> int:
    """Return where the definition begins whose header ends at `index`.

    A header may be long (decorators, a return type, a list of selectors), so it begins after a
    blank line, if there is one close by, and else where nothing says that it goes on above.
    """
    first = index
    while 0 < first < len(lines) and _belongs_above(lines[first]):
        first = _line_above(lines, first, indent)
    paragraph = first
    while paragraph > 0 and first - paragraph < _PARAGRAPH and lines[paragraph - 1].strip():
        paragraph -= 1
    if first - paragraph < _PARAGRAPH and _starts(lines, paragraph, indent):
        return paragraph
    while first > 0 and _LEADS.match(lines[first - 1].lstrip()):
        if indent_of(lines[first - 1]) != indent:
            break
        first -= 1
    return first


def _starts(lines: list[str], index: int, indent: int) -> bool:
    """Tell whether a statement at this indentation can begin at a line."""
    if index >= len(lines):
        return True
    return indent_of(lines[index]) == indent and not _belongs_above(lines[index])


def _last_line(
    lines: list[str], indent: int, language: Language | None, *, is_sibling: bool
) -> int:
    """Return how many of the lines after the hole belong to the definition at this indentation.

    `is_sibling`: the hole is at that depth itself, and the definition after it is included because
    what is inserted may swallow its beginning.
    """
    begun = not is_sibling
    above = "" if begun else "x"
    for index, line in enumerate(lines):
        if line.strip() and indent_of(line) <= indent and not _is_aside(line, language):
            is_new = begun and not _belongs_above(line)
            if indent_of(line) < indent or (is_new and not (is_sibling and above.strip())):
                return index
            begun = True
        above = line
    return len(lines)


def _header(lines: list[str], ancestor: Ancestor) -> str:
    first = _first_line(lines, ancestor.row, ancestor.indent)
    return "".join(lines[first : ancestor.row + 1])


def _closing_line(lines: list[str], indent: int) -> str:
    line = next((x for x in lines if x.strip() and indent_of(x) <= indent), "")
    return line if indent_of(line) == indent and ends_block(line) else ""
