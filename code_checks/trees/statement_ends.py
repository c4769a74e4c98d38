"""What a statement still lacks behind the brackets and quotes that an editor closed by itself.

In `for i in range(‸)` nobody has typed the colon yet, so its absence is no fault of a text for the
hole. Ends are tried, never assumed, as in `open_ends`.
"""

from __future__ import annotations

from functools import lru_cache

from code_checks.hole import Hole
from code_checks.languages import language_named
from code_checks.text.lexical import scan
from code_checks.text.pairs import AUTO_CLOSED, closing_brackets


@lru_cache(maxsize=16)
def with_statement_ends(hole: Hole) -> tuple[Hole, ...]:
    """Return the hole with each end that its line may lack behind its tail, the likeliest first.

    Empty unless the tail is nothing but what editors close by themselves.
    """
    language = language_named(hole.language)
    tail = hole.line_tail.rstrip()
    if language is None or not tail or tail.strip(AUTO_CLOSED + " \t"):
        return ()
    ends = list(language.statement_ends)
    brackets = closing_brackets(scan(language.name, hole.line_head + tail).openers)
    if brackets:
        ends += [end + brackets for end in ("", *ends)]
    rest = hole.suffix[len(tail) :]
    return tuple(Hole(hole.language, hole.prefix, tail + end + rest) for end in ends)
