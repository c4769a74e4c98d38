"""Repairing a function: until the tests that somebody wrote for it pass, or not at all.

First single lines of it are written anew, the others left as they are: cloze-style repair, for
which a model that fills holes needs no training (AlphaRepair, Xia and Zhang 2022). If no such edit
passes every test, the whole body is written anew, with what failed shown to the models.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence

import msgspec

from code_checks.checks.syntax import check_syntax
from code_checks.execution.run_tests import RunReport
from code_checks.fixes.replacement import Replacement, smallest_edit
from code_checks.hole import Extent
from code_checks.languages import language_named
from code_checks.trees.functions import Function, function_at
from code_checks.trim import trim
from code_checks.verdict import Outcome
from ensemble.async_iterators import closing
from ensemble.cascade.completer import Completer
from ensemble.code_actions.complete_function import thorough_answer
from ensemble.code_actions.function_tests import FunctionTests
from ensemble.code_actions.proposal import ActionRequest, Change, Proposal, declined, proposed
from ensemble.request import Chunk
from ensemble.trace.action_events import EditTried
from ensemble.trace.trace import Journal, shortened

_TITLE = "Repair this function"
_MOST_LINES = 12
"""How many lines of a function are tried one by one, the last first: a result is wrong where it is
made more often than where its ingredients are."""
_LINES_SHARE = 0.5
"""The part of the deadline that single lines may take."""
_LINE = re.compile(r"[^\r\n]+")


async def repair_function(order: ActionRequest, completer: Completer, journal: Journal) -> Proposal:
    """Propose a change of the function at the order's place with which all of its tests pass."""
    function = await asyncio.to_thread(function_at, order.language, order.source, order.offset)
    if function is None or function.is_stub:
        return declined(journal, _TITLE, "there is no function with a body here")
    if not order.may_run:
        return declined(journal, _TITLE, "`tests.run` is off")
    examination = await FunctionTests.of(order, function)
    if not examination.tests:
        return declined(journal, _TITLE, f"no tests of {function.name} were found")
    report = await examination.run([order.source[function.body[0] : function.body[1]]])
    if report.refusal:
        return declined(journal, _TITLE, report.refusal)
    journal.note(EditTried(how="as it is", helped=0, detail=report.verdict(0).detail))
    if report.verdict(0).outcome is not Outcome.FAIL:
        return declined(journal, _TITLE, f"nothing to repair: {report.verdict(0).detail}")
    began = time.monotonic()
    edit = await _by_one_line(examination, completer, journal)
    if edit is None:
        left = max(1.0, order.deadline - (time.monotonic() - began))
        edit = await _by_a_new_body(examination, report, left, completer, journal)
    count = len(examination.tests)
    if edit is None:
        return declined(journal, _TITLE, f"nothing was found that passes all {count} tests")
    said = f"verified: {count} of {count} tests pass"
    change = Change(edit.start, edit.end, edit.text)
    return proposed(journal, f"Repair {function.name}", said, [change])


async def _by_one_line(
    examination: FunctionTests, completer: Completer, journal: Journal
) -> Replacement | None:
    """Return the smallest change of one line that passes, None if half of the time brings none."""
    order = examination.order
    try:
        async with asyncio.timeout(order.deadline * _LINES_SHARE):
            for start, end in _lines(order, examination.function):
                async with closing(_rewritten(order, start, end, completer, journal)) as batches:
                    async for edits in batches:
                        passing = await _passing(examination, edits, journal)
                        if passing:
                            return min(passing, key=lambda edit: edit.cost)
    except TimeoutError:
        over = "the time for them was over"
        journal.note(EditTried(how="single lines", helped=0, detail=over))
    return None


def _lines(order: ActionRequest, function: Function) -> list[tuple[int, int]]:
    """Return the spans of a body's lines, without indentation, the last first."""
    known = language_named(order.language)
    comment = known.line_comment if known else ""
    spans = []
    for match in _LINE.finditer(order.source, *function.body):
        text = match.group().strip()
        if len(text) > 1 and not (comment and text.startswith(comment)):
            spans.append((match.end() - len(match.group().lstrip()), match.end()))
    return spans[::-1][:_MOST_LINES]


async def _rewritten(
    order: ActionRequest, start: int, end: int, completer: Completer, journal: Journal
) -> AsyncIterator[list[Replacement]]:
    """Yield other texts for a line that parse, from the first model: the others take their turn
    at the whole body."""
    hole = order.hole(start, end)
    line = order.source[start:end]
    async with closing(
        completer.unchecked_texts(order.request(hole, Extent.LINE), journal)
    ) as tiers:
        async for drafts in tiers:
            texts = {trim(hole, draft.candidate.text, Extent.LINE).strip() for draft in drafts}
            yield [
                smallest_edit(order.source, start, end, text)
                for text in sorted(texts - {"", line.strip()})
                if check_syntax(hole, text).outcome is not Outcome.FAIL
            ]
            return


async def _passing(
    examination: FunctionTests, edits: Sequence[Replacement], journal: Journal
) -> list[Replacement]:
    """Return the edits with which every test passes."""
    if not edits:
        return []
    report = await examination.run([_body_after(examination, edit) for edit in edits])
    passing = []
    for index, edit in enumerate(edits):
        verdict = report.verdict(index)
        passes = verdict.outcome is Outcome.PASS
        journal.note(
            EditTried(
                how="one line",
                text=shortened(edit.text),
                helped=int(passes),
                detail=verdict.detail,
            )
        )
        passing += [edit] if passes else []
    return passing


def _body_after(examination: FunctionTests, edit: Replacement) -> str:
    """Return the function's body with an edit made that lies in it."""
    begin, end = examination.function.body
    grown = len(edit.text) - (edit.end - edit.start)
    return edit.apply(examination.order.source)[begin : end + grown]


async def _by_a_new_body(
    examination: FunctionTests,
    report: RunReport,
    seconds: float,
    completer: Completer,
    journal: Journal,
) -> Replacement | None:
    """Return another body that passes, with the failing one shown to the models as context."""
    function, tests = examination.function, examination.tests
    order = msgspec.structs.replace(examination.order, deadline=seconds)
    hole = function.body_hole(order.source)
    shown = _failure(order, function, report)
    answer = await thorough_answer(order, hole, completer, journal, tests=tests, extra=[shown])
    bodies = [completion.text for completion in answer.completions]
    if not bodies:
        return None
    again = await examination.run(bodies)
    for index, body in enumerate(bodies):
        if again.verdict(index).outcome is Outcome.PASS:
            return smallest_edit(order.source, *function.body, body)
    return None


def _failure(order: ActionRequest, function: Function, report: RunReport) -> Chunk:
    """Return the function as it is with what is wrong with it, for the models to read."""
    known = language_named(order.language)
    comment = known.line_comment if known and known.line_comment else "#"
    said = f"{comment} Wrong: {report.verdict(0).detail}\n"
    start, end = function.span
    return Chunk(f"{order.path}.wrong", order.language, said + order.source[start:end])
