"""Fixing a syntax error: the smallest edit that makes the document parse.

A token that is missing or too much is found without a model. Only where that does not help are the
models asked to write the line anew, and of what they write, the smallest edit wins, too.
"""

from __future__ import annotations

import asyncio

from code_checks.fixes.replacement import Replacement, line_span, smallest_edit
from code_checks.fixes.syntax_errors import Severity, SyntaxErrors, syntax_errors
from code_checks.fixes.token_edits import fixes
from code_checks.hole import Extent, Hole
from code_checks.languages import language_named
from code_checks.trim import trim
from ensemble.async_iterators import closing
from ensemble.cascade.completer import Completer
from ensemble.cascade.unchecked import UncheckedText
from ensemble.code_actions.proposal import ActionRequest, Change, Proposal, declined, proposed
from ensemble.request import CompletionRequest
from ensemble.trace.action_events import EditTried
from ensemble.trace.trace import Journal, shortened

TITLE = "Fix this syntax error"


async def fix_syntax(order: ActionRequest, completer: Completer, journal: Journal) -> Proposal:
    """Propose the smallest edit that removes an error near the order's line."""
    errors = await asyncio.to_thread(syntax_errors, order.language, order.source)
    if errors is None or not errors.severity:
        return declined(journal, TITLE, "there is no syntax error that could be found")
    found = await asyncio.to_thread(fixes, order.language, order.source, order.row)
    journal.note(EditTried(how="one token more or less", helped=len(found)))
    if found:
        return _proposed(order, journal, found[0], "without a model")
    row = nearest_row(errors, order.row)
    async with closing(completer.unchecked_texts(_question(order, row), journal)) as tiers:
        async for drafts in tiers:
            best = await asyncio.to_thread(_best, order, row, drafts, errors.severity, journal)
            if best is not None:
                return _proposed(order, journal, best, "rewritten by a model")
    return declined(journal, TITLE, "no edit was found that makes it parse")


def nearest_row(errors: SyntaxErrors, row: int) -> int:
    """Return the row of the error that is nearest to a row."""
    rows = [r.start for r in errors.rows]
    return row if errors.touches(row, row) else min(rows, key=lambda start: abs(start - row))


def _question(order: ActionRequest, row: int) -> CompletionRequest:
    """Ask for the line; the broken one stands above it as a comment, for the models to see."""
    start, end = _statement(order.source, row)
    hole = order.hole(start, end)
    known = language_named(order.language)
    comment = known.line_comment if known else ""
    if comment:
        broken = order.source[start:end]
        shown = f"{hole.prefix}{comment} {broken}\n{hole.line_head}"
        hole = Hole(hole.language, shown, hole.suffix)
    return order.request(hole, Extent.LINE)


def _statement(source: str, row: int) -> tuple[int, int]:
    """Return where the text of a line begins, behind its indentation, and where it ends."""
    start, end = line_span(source, row)
    line = source[start:end]
    return start + len(line) - len(line.lstrip()), end


def _best(
    order: ActionRequest,
    row: int,
    drafts: tuple[UncheckedText, ...],
    before: Severity,
    journal: Journal,
) -> Replacement | None:
    start, end = _statement(order.source, row)
    hole, found = order.hole(start, end), []
    for number, draft in enumerate(drafts):
        text = trim(hole, draft.candidate.text, Extent.LINE)
        edit = smallest_edit(order.source, start, end, text)
        after = syntax_errors(order.language, edit.apply(order.source)) if text.strip() else None
        helps = after is not None and after.severity.improves_on(before)
        model = draft.candidate.model
        journal.note(EditTried(how=model, text=shortened(text), helped=int(helps)))
        if after is not None and helps:
            found.append((after.severity, edit.cost, number, edit))
    return min(found, key=lambda entry: entry[:3])[-1] if found else None


def _proposed(order: ActionRequest, journal: Journal, edit: Replacement, how: str) -> Proposal:
    after = syntax_errors(order.language, edit.apply(order.source))
    left = after.severity.faults or after.severity.uncompiled if after is not None else 0
    said = "an error elsewhere remains" if left else "the document parses"
    change = Change(edit.start, edit.end, edit.text)
    return proposed(journal, TITLE, f"{said}, {how}", [change])
