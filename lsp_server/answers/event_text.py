"""One line for each event of a trace that is about the request, about tests, or about an order."""

from __future__ import annotations

from typing import assert_never

from rich.text import Text

from code_checks.verdict import Outcome
from ensemble.trace.action_events import ActionEvent, ActionOrdered, Declined, EditTried, Proposed
from ensemble.trace.request_events import (
    Abstained,
    Decided,
    DrawnAgain,
    EngineFailed,
    Escalated,
    Remembered,
    RequestEvent,
    Routed,
    TooDear,
)
from ensemble.trace.testing_events import (
    GeneratedTestsRun,
    ResultsCompared,
    RunRefused,
    TestingEvent,
    VisibleTestsFound,
    VisibleTestsRun,
    WroteTests,
)
from lsp_server.answers.printable import one_line

MARKS = {Outcome.PASS: ("✓", "green"), Outcome.FAIL: ("✗", "red"), Outcome.SKIP: ("–", "yellow")}
"""What stands for an outcome, and its color."""
_MOST_FAILURES = 3


def request_line(event: RequestEvent) -> Text:
    """Say which turn a request has taken."""
    match event:
        case Routed():
            return _route(event)
        case TooDear():
            return Text(f"{event.model}: the budget is used up", style="yellow")
        case EngineFailed():
            return Text(event.message, style="red")
        case Escalated():
            return Text(f"to {event.to}: {event.reason}", style="yellow")
        case DrawnAgain():
            return Text(f"once more: {event.reason}", style="yellow")
        case Decided():
            return Text(event.reason, style="green")
        case Abstained():
            return Text(event.reason, style="yellow")
        case Remembered():
            return Text("what was typed since then begins it; no model was asked")
    assert_never(event)


def testing_line(event: TestingEvent) -> Text:
    """Say which tests there are, or how a candidate fared in them."""
    match event:
        case VisibleTestsFound():
            return _found(event)
        case VisibleTestsRun():
            return _passed(event)
        case GeneratedTestsRun():
            said = f"  {event.passed} of {event.generated} written tests"
            return _candidate(event.text).append(said, style="dim")
        case RunRefused():
            return _candidate(event.text).append(f"  – {one_line(event.refusal)}", style="yellow")
        case WroteTests():
            return Text(f"{event.model}, {event.generations} times")
        case ResultsCompared():
            return Text(f"results of {event.calls} calls: {event.kinds} kinds of behavior")
    assert_never(event)


def action_line(event: ActionEvent) -> Text:
    """Say how far an order has come."""
    match event:
        case ActionOrdered():
            return Text(f"{event.action}, {event.deadline_ms} ms")
        case EditTried():
            return _tried(event)
        case Proposed():
            return Text(f"{event.title}: {event.detail}", style="green")
        case Declined():
            return Text(f"{event.title}: {event.reason}", style="yellow")
    assert_never(event)


def _route(route: Routed) -> Text:
    tiers = ", then ".join(f"{tier.model} × {tier.samples}" for tier in route.tiers)
    within = "no deadline" if route.deadline_ms is None else f"{route.deadline_ms} ms"
    limits = f"one {route.extent}, at most {route.max_tokens} tokens, {within}"
    return Text(f"{tiers} · {limits} · {route.reason}")


def _found(tests: VisibleTestsFound) -> Text:
    if tests.refusal:
        return Text(f"not run: {one_line(tests.refusal)}", style="yellow")
    if not tests.found:
        return Text("none found: nothing is verified", style="yellow")
    labels = "; ".join(one_line(label) for label in tests.found)
    return Text(f"{len(tests.found)} judge: {labels}")


def _passed(run: VisibleTestsRun) -> Text:
    all_of_them = len(run.passed) + len(run.failed)
    mark, style = ("✗", "red") if run.failed else ("✓", "green")
    text = _candidate(run.text)
    text.append(f"  {mark} {len(run.passed)} of {all_of_them} tests", style=style)
    for failure in run.failed[:_MOST_FAILURES]:
        said = failure.detail or failure.ending
        text.append(f"  ✗ {one_line(failure.test)}: {one_line(said)}", style="red")
    return text


def _candidate(text: str) -> Text:
    return Text(one_line(text) or "(nothing)")


def _tried(event: EditTried) -> Text:
    mark, color = MARKS[Outcome.PASS if event.helped else Outcome.FAIL]
    text = Text(f"{mark} ", style=color).append(event.how, style="default")
    if event.text is not None:
        text.append(f": {one_line(event.text) or '(nothing)'}", style="default")
    if event.detail:
        text.append(f"  {one_line(event.detail)}", style="dim")
    return text
