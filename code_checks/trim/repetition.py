"""Filters for text that says again what the document, or the text itself, has said already."""

from __future__ import annotations

import re

from code_checks.hole import Hole
from code_checks.indentation import layout
from code_checks.lexical import balance, is_string

_MAXIMUM_BLOCK = 10
_LONGEST_LINE = 600
_LOOP_IN_LINE = re.compile(r"(.{3,9}?)\1{5,}|(.{10,60}?)\2{3,}")
_SEPARATORS = ";,:"


def remove_repeated_head(hole: Hole, text: str) -> str:
    """Remove the line's beginning where the text repeats what is typed already."""
    head = hole.line_head
    typed = head.strip()
    if len(typed) < 3 or not any(char.isalnum() for char in typed):
        return text
    begin = text.lstrip()
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
        if not _is_repeat(rest, below) or (len(rest) == 1 and line == look.above):
            continue
        return "" if index == 0 and look.is_whole_line else _first_lines(text, number)
    return text


def _is_repeat(lines: list[str], below: list[str]) -> bool:
    """Say whether lines repeat those below: to their end, but for the last, or three of them."""
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


def cut_repeated_tail(hole: Hole, text: str) -> str:
    """Cut the end of the text where it repeats the rest of the cursor's line."""
    look = layout(hole)
    tail = look.tail.strip()
    if not tail or look.is_whole_line:
        return text
    text = _cut_repeated_quote(balance(hole).inside, text, tail)
    kept = text.rstrip()
    if kept.endswith(tail) and len(tail) >= 3 and any(char.isalnum() for char in tail):
        return kept[: -len(tail)]
    while kept and tail[0] in _SEPARATORS and kept.endswith(tail[0]):
        text = kept = kept[:-1].rstrip()
    return text


def _cut_repeated_quote(inside: str, text: str, tail: str) -> str:
    """Cut at the quote that closes the cursor's string where the tail closes it, too."""
    if not is_string(inside) or not tail.startswith(inside):
        return text
    for match in re.finditer(rf"(?<!\\){re.escape(inside)}", text):
        rest = text[match.start() :].split("\n", 1)[0].rstrip()
        if tail.startswith(rest) or rest.startswith(tail):
            return text[: match.start()]
    return text


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
    # Once is a coincidence that code has: `next(rows)` twice. Where it was already said twice,
    # or where several lines are the same, it is a model that turns in a circle.
    is_loop = len(lines) > 1 or above[-2:-1] == lines or len(lines[0].strip()) >= 24
    return "" if is_loop and any(char.isalpha() for char in text) else text


def limit_repeated_lines(hole: Hole, text: str) -> str:
    """Keep the first of three or more equal lines, and nothing after it."""
    lines = text.split("\n")
    for index in range(len(lines) - 2):
        line = lines[index]
        if line == lines[index + 1] == lines[index + 2] and any(map(str.isalpha, line)):
            return "\n".join(lines[: index + 1])
    return text


def limit_repeated_blocks(hole: Hole, text: str) -> str:
    """Keep the first of several equal runs of lines, and nothing after it."""
    lines = text.split("\n")
    for size in range(2, min(_MAXIMUM_BLOCK, len(lines) // 2) + 1):
        times = 3 if size == 2 else 2
        for start in range(len(lines) - size * times + 1):
            block = lines[start : start + size]
            if block * times != lines[start : start + size * times]:
                continue
            if sum(any(map(str.isalpha, line)) for line in block) >= 2:
                return "\n".join(lines[: start + size])
    return text


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
    """Say whether a line holds something six times running, or something longer four times.

    There is a letter in it: rows of dashes and of digits are things that people write.
    """
    loops = _LOOP_IN_LINE.finditer(line.strip()[:_LONGEST_LINE])
    return any(re.search(r"[A-Za-z]", loop.group()) for loop in loops)
