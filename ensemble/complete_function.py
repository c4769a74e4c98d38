"""Completing a function whose body is missing, and saying what its completion has passed."""

from __future__ import annotations

import asyncio

import msgspec

from code_checks.functions import Function, fills_body, function_around, function_at
from code_checks.hole import Extent, Hole
from code_checks.verdict import Outcome
from ensemble.completer import Completer
from ensemble.deadline import closing
from ensemble.proposal import Change, Order, Proposal, declined, proposed
from ensemble.trace import Answer, Completion, Journal, Step

TESTS = "tests"
_TITLE = "Complete this function"


def function_of(order: Order) -> Function | None:
    """Return the function at the order's place, which need not have a body."""
    hole = Hole.at(order.language, order.source, order.offset)
    if fills_body(hole):
        return function_around(hole)
    return function_at(order.language, order.source, order.offset)


async def complete_function(order: Order, completer: Completer, journal: Journal) -> Proposal:
    """Propose a body for the function at the order's place, if it has none.

    The best that was found by the deadline is proposed. What no test could judge is marked so;
    where there are tests and no body passed them, nothing is proposed.
    """
    function = await asyncio.to_thread(function_of, order)
    if function is None or not function.is_stub:
        return declined(journal, _TITLE, "there is no function here that lacks its body")
    hole = function.body_hole(order.source)
    answer = await thorough_answer(order, hole, completer, journal)
    if not answer.completions:
        return declined(journal, _TITLE, _why_nothing(answer), answer)
    best = answer.completions[0]
    answer = msgspec.structs.replace(answer, completions=(best, *answer.completions[1:]))
    change = Change(function.body[0], function.body[1], best.text)
    title = f"Complete {function.name}"
    return proposed(journal, title, standing(best), [change], answer=answer)


async def thorough_answer(
    order: Order, hole: Hole, completer: Completer, journal: Journal
) -> Answer:
    """Return the best answer that there is when it is decided or the deadline has come."""

    def listen(step: Step) -> None:
        journal.note(step.event, **step.facts)

    request = msgspec.structs.replace(
        order.request(hole, Extent.FUNCTION), rules=order.rules if order.may_run else None
    )
    latest = Answer()
    async with closing(completer.answers(request, listen)) as answers:
        async for latest in answers:
            if latest.due:
                break
    return latest


def standing(completion: Completion) -> str:
    """Say what a completion has passed, in a few words."""
    tested = [verdict for verdict in completion.verdicts if verdict.check == TESTS]
    if not tested:
        return "unverified: no tests were run"
    verdict = tested[-1]
    if verdict.outcome is Outcome.PASS:
        return f"verified: {verdict.detail}"
    return f"unverified: {verdict.detail}"


def _why_nothing(answer: Answer) -> str:
    reasons = [
        str(step.facts["reason"])
        for step in answer.trace
        if step.event in ("abstained", "deadline")
    ]
    return reasons[-1] if reasons and reasons[-1] else "nothing was found"
