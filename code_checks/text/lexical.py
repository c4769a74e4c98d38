"""Brackets, strings and comments of unfinished code, found approximately and fast.

A parser cannot say which brackets a half-typed text leaves open, and is too slow to ask at every
generated line. Here one regular expression per language skips strings and comments and sees the
brackets between them. It knows no nesting inside template strings, no heredocs and no macros, so
what it finds is evidence for a filter and never a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from code_checks.hole import Hole
from code_checks.languages import language_named

MAXIMUM_SCAN = 300_000
"""How many characters on either side of the cursor are looked at: some 10 ms, once per hole."""

BRACKET_PAIRS = {"(": ")", "[": "]", "{": "}"}
"""Each opening bracket with the one that closes it."""
AUTO_CLOSED = " \t)]}>\"'`;:,"
"""What an editor may have put behind the cursor by itself, and blanks between."""
_BRACKETS = "()[]{}"
_QUOTES = ('"', "'")
_JAVASCRIPT = ("`", *_QUOTES)
_STRINGS: dict[str, tuple[str, ...]] = {
    "python": ('"""', "'''", *_QUOTES),
    "javascript": _JAVASCRIPT, "javascriptreact": _JAVASCRIPT,
    "typescript": _JAVASCRIPT, "typescriptreact": _JAVASCRIPT,
    "go": ("`", '"'), "rust": ('"',), "c": ('"',), "cpp": ('"',), "csharp": ('"',),
    "java": ('"""', '"'), "ruby": _QUOTES, "php": _QUOTES, "lua": ("[[", *_QUOTES),
    "shellscript": _QUOTES, "json": ('"',), "css": _QUOTES, "toml": ('"""', "'''", *_QUOTES),
}  # fmt: skip
_CLOSING = {"[[": "]]", "/*": "*/", "--[[": "]]"}
_BLOCK_COMMENT = {
    **dict.fromkeys(
        ("javascript", "javascriptreact", "typescript", "typescriptreact", "go", "rust", "c",
         "cpp", "csharp", "java", "php", "css"), "/*",
    ),
    "lua": "--[[",
}  # fmt: skip
_MULTILINE = {'"""', "'''", "`", "[[", "/*", "--[["}
# In case patterns of the shell a `)` closes nothing; in markup and YAML brackets are mostly prose.
_SEEN_BRACKETS = {"shellscript": "{}[]", "yaml": "", "html": "", "plaintext": ""}
_CHARACTER_LITERAL = r"(?<![0-9])'(?:\\[^'\n]{1,10}|[^'\\\n])'"
_RAW_STRING = {
    "rust": r'\br(?P<hashes>#*)".*?(?:"(?P=hashes)|\Z)',
    "cpp": r'R"(?P<delimiter>[^\s()]*)\(.*?(?:\)(?P=delimiter)"|\Z)',
}
_REGEX_LITERAL = r"(?<=[=(,:!&|?;\[{])[ ]?/(?![/*])(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\\\n\[])+/"


@dataclass(frozen=True, slots=True)
class Scan:
    """What a run of code leaves open.

    `openers` are the brackets that it opens and does not close, outermost first; `closers` the
    offsets of those that close nothing in it; `inside` the mark that began the string or comment
    which is still open at its end, "" where that is code.
    """

    openers: str
    closers: tuple[int, ...]
    inside: str


@dataclass(frozen=True, slots=True)
class Balance:
    """The brackets around a hole.

    `open` are those that the prefix leaves open, outermost first, `closed` how many of them the
    suffix closes; `unopened` counts the suffix's closers that have no opener before them.
    `inside` is the mark of the string or comment that the cursor stands in.
    """

    open: str
    closed: int
    unopened: int
    inside: str

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
            if token in BRACKET_PAIRS:
                openers.append(token)
            elif openers and BRACKET_PAIRS[openers[-1]] == token:
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
        elif token in BRACKET_PAIRS:
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
    # Of brackets that were opened out of sight nobody knows which ones the suffix closes.
    closed = 0 if is_cut else min(len(before.openers), len(rest.closers))
    unopened = 0 if is_cut else len(rest.closers) - closed
    return Balance(before.openers, closed, unopened, before.inside)


def sees_brackets(language: str) -> bool:
    """Say whether brackets mean enough in a language to be counted."""
    return _SEEN_BRACKETS.get(language, _BRACKETS) == _BRACKETS


def is_string(inside: str) -> bool:
    """Say whether a mark, as `Scan.inside` has it, begins a string (and not a comment)."""
    return bool(inside) and inside[0] in "\"'`["


@cache
def _tokens(language: str) -> re.Pattern[str]:
    """Return the expression that finds a language's strings, comments and brackets."""
    parts: list[str] = []
    if mark := _BLOCK_COMMENT.get(language):
        parts.append(_region(mark, language))
    if comment := _line_comment(language):
        begin = r"(?<!\S)#" if language == "shellscript" else re.escape(comment)
        parts.append(rf"{begin}[^\n]*+")
    if raw := _RAW_STRING.get(language):
        parts.append(raw)
    parts += [_region(mark, language) for mark in _STRINGS.get(language, ())]
    if language in ("rust", "c", "cpp", "csharp", "java", "go"):
        parts.append(_CHARACTER_LITERAL)
    if _STRINGS.get(language) == _JAVASCRIPT:
        parts.append(_REGEX_LITERAL)
    brackets = re.escape(_SEEN_BRACKETS.get(language, _BRACKETS))
    if brackets:
        parts.append(rf"(?P<bracket>[{brackets}])")
    return re.compile("|".join(parts) or r"(?!)", re.DOTALL)


def _region(mark: str, language: str) -> str:
    """Return an expression for a string or comment that begins with `mark`, closed or not."""
    is_multiline = mark in _MULTILINE or language == "rust"
    close = re.escape(_CLOSING.get(mark, mark))
    escape = "" if mark in _CLOSING else r"\\.|"
    body = r"." if is_multiline else r"[^\\\n]"
    return rf"{re.escape(mark)}(?:{escape}(?!{close}){body})*(?:{close}|\Z)"


def _unclosed(language: str, token: str) -> str:
    """Return the mark of a string or comment that runs to the end of the text unclosed, or ""."""
    for mark in (*_STRINGS.get(language, ()), _BLOCK_COMMENT.get(language, "")):
        if mark and token.startswith(mark):
            closing = _CLOSING.get(mark, mark)
            body = token[len(mark) :].removesuffix(closing)
            is_closed = len(token) > len(mark) and body != token[len(mark) :]
            if mark not in _CLOSING and (len(body) - len(body.rstrip("\\"))) % 2:
                return mark  # The quote at the end is escaped.
            return "" if is_closed else mark
    comment = _line_comment(language)
    return comment if comment and token.startswith(comment) else ""


def _end_of_region(language: str, text: str, inside: str) -> int | None:
    """Return where a string or comment that is open at the start of `text` ends, None if not."""
    if inside not in _MULTILINE and inside[0] not in "\"'":
        line_end = text.find("\n")
        return None if line_end < 0 else line_end
    match = re.match(_region(inside, language).removeprefix(re.escape(inside)), text, re.DOTALL)
    if match is None:  # A one-line string whose line ends before it is closed.
        return text.find("\n")
    closing = _CLOSING.get(inside, inside)
    is_closed = match.end() < len(text) or match.group().endswith(closing)
    return match.end() if is_closed else None


def _inside_at_start(hole: Hole) -> str:
    """Guess whether a piece of a Python document begins inside a docstring.

    Neighborhoods of a cursor may begin anywhere. A triple quote alone on its line, after a line
    that cannot continue with a string, closes a docstring whose beginning is out of sight.
    """
    if hole.language != "python":
        return ""
    match = re.search(r'"""|\'\'\'', hole.prefix)
    if match is None:
        return ""
    above, _, line = hole.prefix[: match.start()].rpartition("\n")
    rest_of_line = hole.prefix[match.end() :].split("\n", 1)[0]
    if line.strip() or rest_of_line.strip() or not above.strip():
        return ""
    return "" if re.search(r"[:(\[{,=+\\]\s*(#.*)?$", above) else match.group()


def _line_comment(language: str) -> str:
    known = language_named(language)
    return known.line_comment if known else ""


def closing_brackets(openers: Sequence[str]) -> str:
    """Return the brackets that close these, the last one first."""
    return "".join(BRACKET_PAIRS[bracket] for bracket in reversed(openers))
