"""Characters that come in pairs, and those that editors close by themselves."""

from __future__ import annotations

CLOSING_BRACKET = {"(": ")", "[": "]", "{": "}"}
"""The bracket that closes an opening one."""

AUTO_CLOSED = ")]}>\"'`"
"""What editors put behind the cursor by themselves when its partner is typed."""

MOST_AUTO_CLOSED = 3
"""How many of these an editor has put there when somebody begins a nested expression."""

LINE_CLOSERS = f"{AUTO_CLOSED};:, \t"
"""What may stand behind the cursor although the rest of the line is still to be written."""


def closing_brackets(openers: str) -> str:
    """Return the brackets that close these opening ones, which are given outermost first."""
    return "".join(CLOSING_BRACKET[bracket] for bracket in reversed(openers))
