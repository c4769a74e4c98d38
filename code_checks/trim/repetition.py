"""Filters for text that says again what the document, or the text itself, has said already."""

from __future__ import annotations

import re

from code_checks.hole import Hole
from code_checks.text.indentation import layout
from code_checks.text.lexical import balance, is_string
from code_checks.text.pairs import LINE_CLOSERS

_MAXIMUM_BLOCK = 10
_LONGEST_LINE = 600
_LOOP_IN_LINE = re.compile(r"(.{3,9}?)\1{5,}|(.{10,60}?)\2{3,}")
_WORD = re.compile(r"\w+")
_LAST_WORD = re.compile(r"\w+\Z")
_SEPARATORS = ";,:"


def remove_repeated_head(hole: Hole, text: str) -> str:
    """Remove the line's beginning where the text repeats what is typed already."""
    head = hole.line_head
    typed = head.strip()
    if len(typed) < 3 or not any(char.isalnum() for char in typed):
        return text
    # A line of its own may begin like an opener: `try` in `try`.
    begin = text.lstrip(" \t" if layout(hole).opens_block(head) else None)
    if not begin.startswith(typed):
        return text
    rest = begin[len(typed) :]
    return rest.lstrip(" \t") if head[-1] in " \t" else rest


def cut_repeated_suffix(hole: Hole, text: str) -> str:
    """Cut where the lines of the text become the lines that follow the hole."""
    look = layout(hole)
    following = hole.suffix.split("\n")[not look.pushes_tail_down :]
    if look.pushes_tail_down:
        following[0] = look.below
    below = [line.rstrip() for line in following[:60] if line.strip()]
    lines = text.split("\n")
    lines[0] = look.head + lines[0]
    filled = [(number, line.rstrip()) for number, line in enumerate(lines) if line.strip()]
    for index, (number, line) in enumerate(filled):
        if not below or line != below[0] or (number == 0 and not look.is_whole_line):
            continue
        rest = [later for _, later in filled[index:]]
        is_idiom = line == look.above or not any(map(str.isalnum, line))
        if not _is_repeat(rest, below) or (len(filled) == 1 and is_idiom):
            continue
        return "" if index == 0 and look.is_whole_line else _first_lines(text, number)
    return text


def _is_repeat(lines: list[str], below: list[str]) -> bool:
    """Say whether lines repeat the lines below: at least three of them, or all of them, of which
    the last one may be cut short."""
    same = 0
    for line, other in zip(lines, below, strict=False):
        if line != other:
            break
        same += 1
    if same >= min(len(lines), 3):
        return True
    is_last = same == len(lines) - 1
    return is_last and same < len(below) and below[same].startswith(lines[same])


def _first_lines(text: str, count: int) -> str:
    return "".join(line + "\n" for line in text.split("\n")[:count])


def drop_repeated_word(hole: Hole, text: str) -> str:
    """Drop a text that says the rest of the word again in which the cursor stands.

    It ends with it, or its own beginning completes the word, so that the rest would stand there
    twice: `getName‸Name()`.
    """
    rest = _WORD.match(hole.line_tail)
    if rest is None or not text.strip():
        return text
    word = rest.group()
    last = _LAST_WORD.search(text)
    if last and last.group().endswith(word) and (len(word) > 1 or text == word):
        return ""
    first = _WORD.match(text)
    if first is None or not _LAST_WORD.search(hole.line_head):
        return text
    begun = first.group()
    # A single letter is met again by accident.
    is_repeated = begun.endswith(word) and len(word) > 1
    is_begun = word.startswith(begun) and len(begun) > 1
    return "" if is_repeated or is_begun else text


def cut_repeated_tail(hole: Hole, text: str) -> str:
    """Cut the end of the text where it repeats the rest of the cursor's line."""
    look = layout(hole)
    tail = look.tail.strip()
    if not tail or look.is_whole_line:
        return text
    text = _cut_repeated_quote(balance(hole).inside, text, tail)
    kept = text.rstrip()
    if kept.endswith(tail) and len(tail) >= 3 and any(char.isalnum() for char in tail):
        before = kept[: -len(tail)]
        return before.rstrip() if look.tail[0] in " \t" else before
    if set(tail) <= set(LINE_CLOSERS) and tail[0] in _SEPARATORS and kept.endswith(tail[0]):
        return kept[:-1].rstrip()
    return text


def _cut_repeated_quote(inside: str, text: str, tail: str) -> str:
    """Cut at the quote that closes the cursor's string where the tail closes it, too."""
    if not is_string(inside) or not tail.startswith(inside):
        return text
    # Every other quote opens a string, and the tail's quote closes that.
    quote = re.compile(rf"(?<!\\){re.escape(inside)}")
    quotes = list(quote.finditer(text))
    for match in quotes[::2]:
        rest = text[match.start() :].split("\n", 1)[0].rstrip()
        beyond = rest.removeprefix(tail)
        if tail.startswith(rest) or (beyond != rest and set(beyond) <= set(LINE_CLOSERS)):
            return text[: match.start()]
    is_left_open = len(quotes) % 2 and len(quote.findall(tail)) % 2
    return text[: quotes[-1].start()] if is_left_open else text


def drop_repeated_above(hole: Hole, text: str) -> str:
    """Drop lines that repeat, to the last, the lines directly above the cursor."""
    look = layout(hole)
    if not look.is_whole_line:
        return text
    lines = [line.rstrip() for line in (look.head + text).split("\n") if line.strip()]
    before = hole.prefix[: len(hole.prefix) - len(look.head)].split("\n")[-200:]
    above = [line.rstrip() for line in before if line.strip()]
    if not lines or lines != above[-len(lines) :]:
        return text
    # Code repeats a short line once: `next(rows)` twice. A third time, several lines or a long line
    # again come from a model that turns in a circle.
    is_loop = len(lines) > 1 or above[-2:-1] == lines or len(lines[0].strip()) >= 24
    return "" if is_loop and any(char.isalpha() for char in text) else text


def limit_repeated_lines(hole: Hole, text: str) -> str:
    """Keep the first of three or more equal lines at the end of the text."""
    return _limit_loop(text, size=1, times=3)


def limit_repeated_blocks(hole: Hole, text: str) -> str:
    """Keep the first of several equal runs of lines at the end of the text."""
    for size in range(2, _MAXIMUM_BLOCK + 1):
        limited = _limit_loop(text, size, times=3 if size == 2 else 2)
        if limited != text:
            return limited
    return text


def _limit_loop(text: str, size: int, times: int) -> str:
    """Keep one of at least `times` equal runs of `size` lines at the end of the text.

    A model that turns in a circle repeats itself to the end of its text, while people go on to
    something else. The last run may be cut short.
    """
    lines = text.rstrip().split("\n")
    if len(lines) > size and lines[-1 - size].startswith(lines[-1]):
        lines[-1] = lines[-1 - size]
    start = max(0, len(lines) - size)
    while start and lines[start - 1] == lines[start - 1 + size]:
        start -= 1
    if len(lines) - start < size * times or not any(map(str.isalpha, "".join(lines[start:]))):
        return text
    return "\n".join(lines[: start + size])


def drop_looping_line(hole: Hole, text: str) -> str:
    """Drop the first line that repeats itself over and over, and what follows it."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if _is_looping(line):
            if _is_looping(layout(hole).above):
                return text  # The document is a table like that.
            return "\n".join(lines[:number])
    return text


def _is_looping(line: str) -> bool:
    """Say whether a line holds a piece of text six times running, or a longer piece four times.

    Only a piece with a letter counts: people write rows of dashes and of digits.
    """
    loops = _LOOP_IN_LINE.finditer(line.strip()[:_LONGEST_LINE])
    return any(re.search(r"[A-Za-z]", loop.group()) for loop in loops)
