"""What is shown at the deadline, what follows it, and what closing cancels.

No test measures time: a candidate that must come late waits for an event, and the deadline is
zero where it must have passed, a minute where it must not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_checks.hole import Extent, Hole
from code_checks.verdict import Outcome, Verdict
from ensemble.async_iterators import closing
from ensemble.cascade.completer import Completer
from ensemble.cascade.sampling_plan import neighborhood
from ensemble.engines.engine import GenerationRequest
from ensemble.engines.scripted import Script, ScriptedEngine, Scripts
from ensemble.policy.policy import Policy, Tier
from ensemble.request import CompletionRequest
from ensemble.trace.trace import Answer
from ensemble.trace.vote_events import DeadlineReached
from tests.ensemble.cascade.cases import BOTH, BROKEN, GOOD, HOLE, OTHER, SMALL_ONLY, THIRD

_UNHURRIED = 60.0
_SOON = 0.05


def _request(deadline: float, **facts: object) -> CompletionRequest:
    return CompletionRequest(HOLE, deadline=deadline, **facts)  # type: ignore[arg-type]


def _texts(answer: Answer) -> list[str]:
    return [completion.text for completion in answer.completions]


def _events(answer: Answer) -> list[str]:
    return [step.name for step in answer.trace]


async def test_a_verified_candidate_is_shown_at_the_deadline_and_the_rest_goes_on() -> None:
    late = asyncio.Event()
    small = ScriptedEngine("small", [GOOD, Script(OTHER, after=late), OTHER])
    seen = []
    async for answer in Completer({"small": small}, SMALL_ONLY).answers(_request(_SOON)):
        seen.append(answer)
        if "deadline" in _events(answer):
            late.set()
    due = next(answer for answer in seen if answer.due)
    assert _texts(due) == [GOOD]
    assert (due.decided, due.final) == (False, False)
    assert due.completions[0].share == pytest.approx(1 / 3)
    assert _texts(seen[-1]) == [OTHER, GOOD]
    assert (seen[-1].decided, seen[-1].final) == (True, True)
    assert [answer.final for answer in seen] == [False] * (len(seen) - 1) + [True]
    assert small.cancelled == 0


async def test_the_first_good_answer_comes_before_the_others_have_finished() -> None:
    never = asyncio.Event()
    small = ScriptedEngine("small", [GOOD, Script(OTHER, after=never)])
    answers = Completer({"small": small}, SMALL_ONLY).answers(_request(_UNHURRIED))
    async with closing(answers):
        first = await anext(answers)
        assert (_texts(first), first.due) == ([GOOD], False)
        assert small.cancelled == 0
    assert small.cancelled == 1


async def test_complete_returns_at_the_deadline_and_cancels_the_rest() -> None:
    small = ScriptedEngine("small", [GOOD, Script(OTHER, after=asyncio.Event())])
    answer = await Completer({"small": small}, SMALL_ONLY).complete(_request(_SOON))
    assert _texts(answer) == [GOOD]
    assert _events(answer)[-1] == "deadline"
    assert small.cancelled == 1


async def test_nothing_yet_at_the_deadline_is_an_empty_answer() -> None:
    small = ScriptedEngine("small", [Script(GOOD, after=asyncio.Event())])
    answer = await Completer({"small": small}, SMALL_ONLY).complete(_request(_SOON))
    assert (_texts(answer), answer.final) == ([], False)
    (reached,) = [step.event for step in answer.trace[-1:]]
    assert isinstance(reached, DeadlineReached)
    assert reached.reason == "no candidate finished"


async def test_a_deadline_that_has_passed_still_answers() -> None:
    small = ScriptedEngine("small", [Script(GOOD, after=asyncio.Event())])
    assert _texts(await Completer({"small": small}, SMALL_ONLY).complete(_request(0.0))) == []


def _unfinished(*texts: str) -> list[Script]:
    return [Script("", partials=(text,), after=asyncio.Event()) for text in texts]


_BEGUN = "total = width * height\n    return to"

PARTIALS = {
    "cut at the last complete statement": (
        _unfinished(_BEGUN), SMALL_ONLY.gates, "total = width * height"
    ),
    "agreed on, if only so far": (
        _unfinished(_BEGUN, _BEGUN + "t"), ("unheard_of",), "total = width * height"
    ),
    "unverified, and nobody agrees": (_unfinished(_BEGUN), ("unheard_of",), ""),
    "no statement is complete": (_unfinished("total = wid"), SMALL_ONLY.gates, ""),
    "broken": (_unfinished(BROKEN + "\n    return 1\n    x"), SMALL_ONLY.gates, ""),
}  # fmt: skip


@pytest.mark.parametrize(("scripts", "gates", "shown"), PARTIALS.values(), ids=PARTIALS)
async def test_partial(scripts: Sequence[Script], gates: tuple[str, ...], shown: str) -> None:
    hole = Hole("python", "def area(width, height):\n    ", "\n\n\nprint(area(2, 3))\n")
    policy = Policy((Tier("small", len(scripts)),), gates=gates)
    request = CompletionRequest(hole, deadline=_SOON, extent=Extent.BLOCK)
    answer = await Completer({"small": ScriptedEngine("small", scripts)}, policy).complete(request)
    assert "".join(_texts(answer)).strip() == shown
    assert _events(answer)[-1] == "deadline"


async def test_the_large_model_may_disagree_after_the_deadline() -> None:
    late = asyncio.Event()
    small = ScriptedEngine("small", [GOOD, OTHER, "width"])
    large = ScriptedEngine("large", [Script(THIRD, after=late), THIRD])
    seen = []
    async for answer in Completer({"small": small, "large": large}, BOTH).answers(_request(_SOON)):
        seen.append(answer)
        if "deadline" in _events(answer):
            late.set()
    assert seen[-1].decided
    assert _texts(seen[-1])[0] == THIRD
    assert seen[-1].completions[0].tier == 1


async def test_cancelling_the_task_cancels_the_generation() -> None:
    asked = asyncio.Event()

    def answers(_: GenerationRequest) -> Scripts:
        asked.set()
        return [Script(GOOD, after=asyncio.Event())]

    small = ScriptedEngine("small", answers)
    completer = Completer({"small": small}, SMALL_ONLY)
    task = asyncio.create_task(completer.complete(_request(_UNHURRIED)))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert small.cancelled == 1


async def test_what_cannot_change_the_outcome_is_cancelled() -> None:
    small = ScriptedEngine("small", [GOOD, GOOD, Script(OTHER, after=asyncio.Event())])
    answer = await Completer({"small": small}, SMALL_ONLY).complete(_request(_UNHURRIED))
    assert (_texts(answer), answer.decided) == ([GOOD], True)
    assert small.cancelled == 1


async def test_closed_engines_are_steps_of_the_trace() -> None:
    completer = Completer({"small": ScriptedEngine("small", [GOOD])}, SMALL_ONLY)
    await completer.close()
    answer = await completer.complete(_request(_UNHURRIED))
    assert (_texts(answer), answer.final) == ([], True)
    assert "engine_failed" in _events(answer)


async def test_each_candidate_is_sampled_differently_and_reproducibly() -> None:
    small = ScriptedEngine("small", [GOOD, OTHER, "width"])
    completer = Completer({"small": small}, SMALL_ONLY)
    for seed in (0, 0, 1):
        await completer.complete(_request(_UNHURRIED, seed=seed))
    first, again, other = (request.samplings for request in small.requests)
    assert first == again
    assert [sampling.temperature for sampling in first] == [0.0, 0.7, 0.7]
    assert len({sampling.seed for sampling in (*first, *other)}) == 6


async def test_a_check_that_breaks_its_promise_is_an_error_and_leaves_nothing_running() -> None:
    def broken(hole: Hole, text: str) -> Verdict:
        if text:
            raise ZeroDivisionError
        return Verdict("broken", Outcome.PASS)

    small = ScriptedEngine("small", [GOOD, Script(OTHER, after=asyncio.Event())])
    policy = Policy((Tier("small", 2),), gates=("broken",))
    completer = Completer({"small": small}, policy, checks={"broken": broken})
    with pytest.raises(ZeroDivisionError):
        await completer.complete(_request(_UNHURRIED))
    assert small.cancelled == 1


@given(st.text("ab\n\r", max_size=400), st.text("ab\n\r", max_size=400))
def test_the_neighborhood_is_what_is_next_to_the_hole(prefix: str, suffix: str) -> None:
    hole = Hole("python", prefix, suffix)
    near = neighborhood(hole)
    assert prefix.endswith(near.prefix)
    assert suffix.startswith(near.suffix)
    assert (near.line_head, near.line_tail) == (hole.line_head, hole.line_tail)
    assert near.prefix.count("\n") == min(prefix.count("\n"), 40)
    assert near.suffix.count("\n") == min(suffix.count("\n"), 20)
