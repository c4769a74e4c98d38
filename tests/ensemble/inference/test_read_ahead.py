"""Two prompts for one place: a short one now, and a longer one read while nothing happens."""

from __future__ import annotations

import msgspec

from code_checks.hole import Extent, Hole
from ensemble.candidate import Sampling, Stop
from ensemble.engines.local import messages as wire
from ensemble.engines.prompt import ESSENTIAL, Piece, Prompt
from tests.ensemble.inference.models import SMALL, SOURCE
from tests.ensemble.inference.test_scheduling import Loop

_NEAR, _FAR = "def f(x):\n    y = x\n", SOURCE[:1200]
_SHORT = Prompt((Piece(_NEAR, "prefix", ESSENTIAL),), "    return ", most_tokens=60)
_LONG = Prompt((Piece(_FAR + _NEAR, "prefix", ESSENTIAL),), "    return ", most_tokens=2000)


def _ask(loop: Loop, number: int, typed: str = "", within: float | None = 5.0) -> int:
    """Ask with both prompts at a place, and return the length of the prompt that is read."""
    short, longer = (
        msgspec.structs.replace(prompt, head=prompt.head + typed) for prompt in (_SHORT, _LONG)
    )
    stop = Stop(Extent.LINE, Hole("plaintext", "", ""), 1)
    samplings = (Sampling(max_tokens=4),)
    loop.take(wire.Ask(number, "small", short, samplings, stop, within, None, None, longer))
    return loop.job(number).generation().usage.prompt


def _finish(loop: Loop, number: int) -> None:
    while number in loop.host._requests:
        loop.step()


def _rest(loop: Loop) -> int:
    """Let the host do what nobody has asked for; return the number of slices."""
    steps = 0
    while loop.host._ahead is not None:
        loop.host._step()
        steps += 1
    return steps


def test_the_longer_prompt_is_answered_once_it_was_read_ahead() -> None:
    loop = Loop()
    short = _ask(loop, 1)
    _finish(loop, 1)
    assert _rest(loop) > 1
    longer = _ask(loop, 2, "x")
    assert longer > 3 * short
    _finish(loop, 2)
    usage = next(u.generation.usage for u in loop.updates() if u.id == 2 and u.generation.done)
    assert usage.prompt == longer
    assert longer - usage.reused < short


def test_before_that_the_short_one_is() -> None:
    loop = Loop()
    short = _ask(loop, 1)
    _finish(loop, 1)
    loop.host._step()
    assert _ask(loop, 2, "x") <= short + 2


def test_what_was_read_of_it_is_kept_while_the_short_one_is_answered() -> None:
    """Somebody types on before the longer prompt was read to its end."""
    loop = Loop()
    _ask(loop, 1)
    _finish(loop, 1)
    loop.host._step()
    loop.host._step()
    read = len(loop.host._models["small"].trunk)
    _ask(loop, 2, "x")
    _finish(loop, 2)
    assert loop.host._ahead is not None
    missing = loop.host._ahead.missing
    assert missing <= len(loop.host._ahead._tokens) - read + 4
    _rest(loop)
    assert _ask(loop, 3, "xy") > 200


def test_reading_ahead_waits_for_whatever_else_there_is() -> None:
    """Even what nobody waits for comes first: its answer is nearer."""
    loop = Loop()
    _ask(loop, 1)
    _finish(loop, 1)
    ahead = loop.host._ahead
    loop.ask(2, Prompt((Piece("import os\n", "prefix", ESSENTIAL),)), None)
    assert loop.step() == 2
    _finish(loop, 2)
    assert loop.host._ahead is ahead is not None


def test_a_model_that_is_loaded_again_reads_nothing_ahead() -> None:
    loop = Loop()
    _ask(loop, 1)
    _finish(loop, 1)
    loop.take(wire.Load(msgspec.structs.replace(SMALL, context=2048)))
    assert loop.host._ahead is None
