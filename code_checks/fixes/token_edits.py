"""The smallest edits that make a broken document parse, without asking a model.

What people leave out is mostly one token: a closing bracket or quote, a colon, the line that ends
a block. Such tokens are put in, or a stray one is taken out, near the place where the parser
stumbled; whether that helps is for the grammar to say (for Python, CPython's parser too). This is
error correction by minimum edit distance (Aho and Peterson 1972), limited to the few edits that
are likely, so that each can be tried by a parse of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from code_checks.fixes.replacement import Replacement, line_span, lines_of
from code_checks.fixes.syntax_errors import SyntaxErrors, syntax_errors
from code_checks.languages import Blocks, Language, language_named
from code_checks.text.enclosing import indent_of
from code_checks.text.indentation import opens_block, strip_comment
from code_checks.text.lexical import closing_brackets, is_string, scan

_TAIL = re.compile(r"[\s)\]}:,;{]*\Z")
_LATER_OPENERS = 8
"""How many lines that open a block above an error are tried as the one that lacks its end."""
_MOST_TRIALS = 240
_CHEAPEST = 4
_UNLIKELY = 6
"""What it costs more, in quarters of a character, if nothing on the line asks for a token."""
_SHELL_ENDS = {"if": "fi", "case": "esac", "for": "done", "while": "done", "until": "done"}


_Trial = tuple[int, Replacement]
"""An edit that may help, and its penalty."""


def fixes(language: str, source: str, row: int) -> tuple[Replacement, ...]:
    """Return edits that make a document less broken near a row, the best first.

    Best is what leaves the least trouble, then what changes least. Empty where no likely edit
    helps. Never raises because of the code.
    """
    known, broken = language_named(language), syntax_errors(language, source)
    if known is None or broken is None or not broken.trouble:
        return ()
    found = []
    for number, (penalty, trial) in enumerate(_trials(known, source, broken, row)):
        if number == _MOST_TRIALS:
            break
        after = syntax_errors(language, trial.apply(source))
        if after is not None and after.trouble.improves_on(broken.trouble):
            found.append((after.trouble, trial.cost + penalty, number, trial))
            if not after.trouble and trial.cost + penalty <= _CHEAPEST:
                break
    return tuple(trial for *_, trial in sorted(found, key=lambda entry: entry[:3]))


def _trials(language: Language, source: str, broken: SyntaxErrors, row: int) -> Iterator[_Trial]:
    """Yield edits that might help with their penalties, the likely ones first, none twice."""
    near = [rows for rows in broken.rows if rows.start <= row + 1 and row <= rows.stop]
    starts = [rows.start for rows in near] + [max(rows.start, rows.stop - 1) for rows in near]
    rows = dict.fromkeys([row, *starts, *(start - 1 for start in starts), row - 1])
    rows.pop(-1, None)
    likely = [trial for each in rows for trial in _on_line(language, source, each)]
    ends = [(0, trial) for each in rows for trial in _missing_ends(language, source, each)]
    ordered = sorted([*likely, *ends], key=lambda trial: trial[0])
    seen: set[Replacement] = set()
    for penalty, trial in ordered:
        if trial not in seen:
            seen.add(trial)
            yield penalty, trial


def _on_line(language: Language, source: str, row: int) -> Iterator[_Trial]:
    """Yield edits of one line."""
    start, end = line_span(source, row)
    code = strip_comment(language, source[start:end])
    if not code.strip():
        return
    found = scan(language.name, code)
    # The brace of a block is closed where the block ends, not on its first line.
    openers = found.openers[:-1] if code.endswith("{") else found.openers
    closers = closing_brackets(openers)
    quote = found.inside if is_string(found.inside) else ""
    for penalty, text in _insertions(language, quote, closers):
        for at in _places(code):
            yield penalty, Replacement(start + at, start + at, text)
    for at in found.closers:
        yield 0, Replacement(start + at, start + at + 1, "")
    yield from _body(language, code, start)


def _insertions(language: Language, quote: str, closers: str) -> Iterator[tuple[int, str]]:
    """Yield the tokens that a line may lack, with their penalties."""
    colon = ":" if language.blocks is Blocks.INDENTATION else ""
    wanted = [quote, closers, quote + closers, colon, closers + colon, quote + closers + colon]
    others = [")", "]", "}", ",", '"', "'"]
    if language.blocks is Blocks.BRACES and not language.is_data:
        wanted += [closers + ";"]
        others += [" {", ") {", "("]
    if language.blocks is Blocks.KEYWORD:
        others += [" do", " then", "; then", "; do"]
    likely = [text for text in dict.fromkeys(wanted) if text]
    yield from ((0, text) for text in likely)
    yield from ((_UNLIKELY, text) for text in others if text not in likely)


def _places(code: str) -> Iterator[int]:
    """Yield where on a line a token may be missing: at its end, and within the brackets and marks
    that end it. Never behind a space, which belongs to what comes after."""
    tail = _TAIL.search(code)
    first = tail.start() if tail else len(code)
    yield from (
        at for at in range(len(code), first - 1, -1) if code[:at].strip() == code[:at].lstrip()
    )


def _body(language: Language, code: str, start: int) -> Iterator[_Trial]:
    """Yield a body for a Python statement that has none."""
    if language.name == "python" and opens_block(language, code):
        indent = code[: len(code) - len(code.lstrip())]
        step = "\t" if indent.startswith("\t") else "    "
        end = start + len(code)
        yield 0, Replacement(end, end, f"\n{indent}{step}pass")


def _missing_ends(language: Language, source: str, row: int) -> Iterator[Replacement]:
    """Yield the line that ends a block, behind the block's last line by indentation."""
    if language.blocks not in (Blocks.BRACES, Blocks.KEYWORD):
        return
    lines = lines_of(source)
    openers = [
        r for r in range(min(row, len(lines) - 1), -1, -1) if opens_block(language, lines[r])
    ]
    for opener in openers[:_LATER_OPENERS]:
        closer = _closer_for(language, lines[opener])
        if closer:
            indent = indent_of(lines[opener])
            last = _last_row_inside(lines, opener, indent)
            end = line_span(source, last)[1]
            lead = lines[opener][: len(lines[opener]) - len(lines[opener].lstrip())]
            yield Replacement(end, end, f"\n{lead}{closer}")


def _closer_for(language: Language, line: str) -> str:
    if language.blocks is Blocks.BRACES:
        found = scan(language.name, line)
        return closing_brackets(found.openers)
    if language.name == "shellscript":
        return _SHELL_ENDS.get(
            line.split(maxsplit=1)[0], "}" if line.rstrip().endswith("{") else ""
        )
    return "end"


def _last_row_inside(lines: list[str], opener: int, indent: int) -> int:
    """Return the last row that is indented more than the line that opens its block."""
    last = opener
    for row in range(opener + 1, len(lines)):
        if lines[row].strip():
            if indent_of(lines[row]) <= indent:
                break
            last = row
    return last
