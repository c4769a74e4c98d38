"""Completing a function whose body is missing, and saying what its completion has passed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import msgspec

from code_checks.execution.unit_test import UnitTest
from code_checks.hole import Extent, Hole
from code_checks.languages import Blocks, language_named
from code_checks.text.indentation import layout
from code_checks.trees.functions import Function, fills_body, function_around, function_at
from code_checks.verdict import Outcome
from ensemble.async_iterators import closing
from ensemble.cascade.completer import Completer
from ensemble.code_actions.proposal import ActionRequest, Change, Proposal, declined, proposed
from ensemble.request import Chunk
from ensemble.trace.request_events import Abstained
from ensemble.trace.testing_events import VisibleTestsRun
from ensemble.trace.trace import Answer, Completion, Journal, Step
from ensemble.trace.vote_events import DeadlineReached

TESTS = "tests"
_INDENT = re.compile(r"[\r\n]([ \t]+)")
_TITLE = "Complete this function"


def function_of(language: str, source: str, offset: int) -> Function | None:
    """Return the function at an offset, its header included; it need not have a body yet."""
    written = function_at(language, source, offset)
    hole = Hole.at(language, source, offset)
    begun = function_around(hole) if fills_body(hole) else None
    if begun is None or (written is not None and written.name == begun.name):
        return written
    return begun


async def complete_function(
    order: ActionRequest, completer: Completer, journal: Journal
) -> Proposal:
    """Propose a body for the function at the order's place, if it has none.

    The best that was found by the deadline is proposed. What no test could judge is marked so;
    where there are tests and no body passed them, nothing is proposed.
    """
    function = await asyncio.to_thread(function_of, order.language, order.source, order.offset)
    if function is None or not function.is_stub:
        return declined(journal, _TITLE, "there is no function here that lacks its body")
    before, after = _frame(order, function)
    bare = function.body_hole(order.source)
    hole = Hole(bare.language, bare.prefix + before, after + bare.suffix)
    answer = await thorough_answer(order, hole, completer, journal)
    if not answer.completions:
        return declined(journal, _TITLE, _why_nothing(answer), answer)
    best = answer.completions[0]
    change = Change(function.body[0], function.body[1], before + best.text + after)
    title = f"Complete {function.name}"
    return proposed(journal, title, verification_text(best), [change], answer=answer)


def _frame(order: ActionRequest, function: Function) -> tuple[str, str]:
    """Return what stands before and after a body between braces: they get lines of their own."""
    known = language_named(order.language)
    if known is None or known.blocks is not Blocks.BRACES:
        return "", ""
    line = order.source[order.source.rfind("\n", 0, function.body[0]) + 1 :]
    lead = line[: len(line) - len(line.lstrip(" \t"))]
    line_end = "\r\n" if "\r\n" in order.source else "\n"
    stub = _INDENT.search(order.source, *function.body)
    if stub is not None and len(stub[1]) > len(lead):
        indent = stub[1]
    else:
        indent = lead + layout(Hole(order.language, f"{order.source}\n", "")).unit
    return f"{line_end}{indent}", f"{line_end}{lead}"


async def thorough_answer(
    order: ActionRequest,
    hole: Hole,
    completer: Completer,
    journal: Journal,
    *,
    tests: Sequence[UnitTest] = (),
    extra: Sequence[Chunk] = (),
) -> Answer:
    """Return the best answer that there is when it is decided or the deadline has come.

    `tests` stand for those that would be found; `extra` is shown to the models.
    """

    def listen(step: Step) -> None:
        journal.note(step.event)

    request = msgspec.structs.replace(
        order.request(hole, Extent.FUNCTION, extra=extra),
        visible_tests=tuple(test.code for test in tests),
    )
    latest = Answer()
    # What is proposed is looked at, with what speaks for it, before it is accepted.
    found = completer.answers(request, listen, minimum_agreement=0.0)
    async with closing(found) as answers:
        async for latest in answers:
            if latest.due:
                break
    return latest


def verification_text(completion: Completion) -> str:
    """Say what a completion has passed, in a few words."""
    tested = [verdict for verdict in completion.verdicts if verdict.check == TESTS]
    if tested and tested[-1].outcome is Outcome.PASS:
        return f"verified: {tested[-1].detail}"
    reason = tested[-1].detail if tested else "no tests were run"
    return f"unverified: {reason}; {completion.share:.0%} of the votes"


def _why_nothing(answer: Answer) -> str:
    """Say why there is no completion: the tests, if any judged, or what the cascade has said."""
    events = [step.event for step in answer.trace]
    runs = [event for event in events if isinstance(event, VisibleTestsRun)]
    if runs:
        passed, tests = max((len(run.passed), len(run.passed) + len(run.failed)) for run in runs)
        return f"no body passes all {tests} tests; the best passes {passed}"
    reasons = [event.reason for event in events if isinstance(event, Abstained | DeadlineReached)]
    return reasons[-1] if reasons and reasons[-1] else "nothing was found"
