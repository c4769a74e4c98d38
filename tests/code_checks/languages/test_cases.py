"""What the entry of each language makes of a piece of code, line by line.

A line of what is expected holds what is said of a line of code, then that line. `opens`: a block
begins at its end. `closes`: it closes or continues a block. `comment`: it is nothing but a comment.
`header`: a function's header may end there. `in X`: a string or comment that began with X goes on
behind it. `( {`: the brackets that are open behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from code_checks.hole import Hole
from code_checks.languages import language_named, parser
from code_checks.text.indentation import is_closer, layout, opens_block
from code_checks.text.lexical import closing_mark, scan
from tests.notation import Case, check, read_cases

CASES = read_cases(Path(__file__).parent / "cases")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_lines(case: Case) -> None:
    lines = [f"{' '.join(said(case.hole, number)):<26} | {line}".rstrip()
             for number, line in enumerate(lines_of(case))]  # fmt: skip
    check(case, "expected", "\n".join(lines))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_grammar_reads_it(case: Case) -> None:
    language = language_named(case.hole.language)
    assert language is not None
    source = "\n".join([*lines_of(case), ""])
    assert not parser(language).parse(source.encode()).root_node.has_error, source


def lines_of(case: Case) -> list[str]:
    return (case.hole.prefix + case.hole.suffix).split("\n")


def said(hole: Hole, number: int) -> Iterator[str]:
    """Yield what is said about one line."""
    language = language_named(hole.language)
    assert language is not None
    lines = hole.prefix.split("\n")
    line = lines[number]
    if opens_block(language, line):
        yield "opens"
    if is_closer(language, line):
        yield "closes"
    if layout(hole).is_comment(line):
        yield "comment"
    if language.function_header.match(line):
        yield "header"
    behind = scan(hole.language, "\n".join([*lines[: number + 1], ""]))
    if closing_mark(hole.language, behind.inside) or (language.quotes_span_lines and behind.inside):
        yield f"in {behind.inside}"
    yield from behind.openers
