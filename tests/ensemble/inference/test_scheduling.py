"""The host's loop, message by message and step by step, in this process."""

from __future__ import annotations

import io

import msgspec
import pytest

from code_checks.hole import Extent, Hole
from ensemble.candidate import Sampling, Stop
from ensemble.engines.local import messages as wire
from ensemble.engines.prompt import ESSENTIAL, Piece, Prompt
from ensemble.inference.host import Host
from ensemble.inference.job import Job
from ensemble.inference.model import BATCH, Model, ModelError
from tests.ensemble.inference.models import LARGE, SMALL, SOURCE

LONG_PROMPT = Prompt((Piece(SOURCE * 5, "prefix", ESSENTIAL),))
SHORT_PROMPT = Prompt((Piece("import os\n", "prefix", ESSENTIAL),))


class Loop:
    """A host whose messages go in and come out here."""

    def __init__(self) -> None:
        self.output = io.BytesIO()
        self.host = Host(self.output, memory_budget=1 << 30)
        for spec in (SMALL, LARGE):
            self.host.inbox.put(wire.Load(msgspec.structs.replace(spec, context=4096)))
        self.take()

    def take(self, *messages: wire.ToHost) -> None:
        """Let the host take in these messages, and whatever waits."""
        for message in messages:
            self.host.inbox.put(message)
        self.host.inbox.put(wire.Cancel(0))
        while not self.host.inbox.empty():
            self.host._handle(self.host.inbox.get())

    def ask(
        self,
        number: int,
        prompt: Prompt,
        within: float | None,
        model: str = "small",
        max_tokens: int = 8,
    ) -> None:
        samplings = (Sampling(max_tokens=max_tokens),) * 2
        stop = Stop(Extent.BLOCK, Hole("plaintext", "", ""), 100)
        self.take(wire.Ask(number, model, prompt, samplings, stop, within))

    def step(self) -> int:
        """Do one step; return the number of the request that it was for."""
        before = set(self.host._requests)
        self.host._step()
        finished = before - set(self.host._requests)
        return finished.pop() if finished else self.host._active[self.host._blamed]

    def job(self, number: int) -> Job:
        job = self.host._requests[number].job
        assert isinstance(job, Job)
        return job

    def updates(self) -> list[wire.Update]:
        lines = self.output.getvalue().splitlines()
        messages = [wire.from_host.decode(line) for line in lines]
        return [message for message in messages if isinstance(message, wire.Update)]


@pytest.fixture
def loop() -> Loop:
    return Loop()


def test_a_newer_request_takes_over_a_long_prefill_within_one_slice(loop: Loop) -> None:
    loop.ask(1, LONG_PROMPT, 5.0)
    assert len(loop.job(1)._tokens) >= 1500
    assert loop.step() == 1
    assert 0 < len(loop.host._models["small"].trunk) <= BATCH
    loop.ask(2, SHORT_PROMPT, 5.0)
    assert loop.step() == 2
    while loop.step() == 2:
        pass
    finished = [update for update in loop.updates() if update.generation.done]
    assert [update.id for update in finished] == [2]


def test_what_an_interrupted_prefill_computed_is_kept(loop: Loop) -> None:
    loop.ask(1, LONG_PROMPT, 5.0)
    for _ in range(3):
        loop.step()
    computed = len(loop.host._models["small"].trunk)
    loop.take(wire.Cancel(1))
    loop.ask(2, LONG_PROMPT, 5.0)
    loop.step()
    job = loop.job(2)
    assert job.generation().usage.reused == computed


@pytest.mark.parametrize(
    ("first", "second", "order"),
    [
        (5.0, 5.0, [2, 1]),
        (5.0, None, [1, 2]),
        (None, 5.0, [2, 1]),
        (-1.0, None, [1, 2]),
        (5.0, -1.0, [1, 2]),
    ],
    ids=[
        "newest first",
        "background last",
        "before background",
        "late before background",
        "in time first",
    ],
)
def test_order(loop: Loop, first: float | None, second: float | None, order: list[int]) -> None:
    loop.ask(1, SHORT_PROMPT, first)
    loop.ask(2, SHORT_PROMPT, second, "large")
    finished: list[int] = []
    while loop.host._requests:
        loop.step()
        finished = [update.id for update in loop.updates() if update.generation.done]
    assert finished == order


def test_cancelling_takes_effect_before_the_next_step(loop: Loop) -> None:
    loop.ask(1, SHORT_PROMPT, 5.0)
    loop.step()
    said = len(loop.updates())
    loop.take(wire.Cancel(1))
    loop.host._step()
    assert not loop.host._requests
    assert len(loop.updates()) == said


def test_other_settings_take_effect_while_a_request_runs(loop: Loop) -> None:
    loop.ask(1, LONG_PROMPT, 5.0)
    loop.step()
    loop.take(wire.Load(msgspec.structs.replace(SMALL, context=256)))
    messages = [wire.from_host.decode(line) for line in loop.output.getvalue().splitlines()]
    assert any(isinstance(message, wire.Failed) and message.id == 1 for message in messages)
    loop.ask(2, LONG_PROMPT, 5.0)
    assert len(loop.job(2)._tokens) <= 256


def test_a_model_that_is_not_loaded_is_said_so(loop: Loop) -> None:
    loop.ask(1, SHORT_PROMPT, 5.0, "nonesuch")
    assert b"nonesuch: this model is not loaded" in loop.output.getvalue()


def test_models_beyond_the_memory_budget_are_refused_one_by_one() -> None:
    output = io.BytesIO()
    host = Host(output, memory_budget=4 << 20)
    for spec in (SMALL, LARGE):
        host._handle(wire.Load(spec))
    small, large = [
        message
        for message in map(wire.from_host.decode, output.getvalue().splitlines())
        if isinstance(message, wire.Loaded | wire.Refused)
    ]
    assert isinstance(small, wire.Loaded)
    assert isinstance(large, wire.Refused)
    assert LARGE.path in large.message
    assert "memory.budget" in large.message


def test_asking_for_more_text_finds_the_same_prompt_in_the_cache(loop: Loop) -> None:
    lines = enumerate(SOURCE.splitlines(keepends=True) * 8)
    prompt = Prompt(tuple(Piece(line, "prefix", number) for number, line in lines))
    for number, max_tokens in enumerate([40, 96, 500, 160], start=1):
        loop.ask(number, prompt, 5.0, max_tokens=max_tokens)
        job = loop.job(number)
        while loop.host._requests:
            loop.step()
        usage = job.generation().usage
        assert number == 1 or usage.prompt - usage.reused == 1


def test_a_long_prefill_says_that_it_is_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """A prompt may take minutes; the client kills a host only for its silence."""
    monkeypatch.setattr("ensemble.inference.host._ALIVE_SECONDS", 0.0)
    loop = Loop()
    loop.ask(1, LONG_PROMPT, 5.0)
    loop.step()  # The first step says which model is at work.
    before = len(loop.output.getvalue())
    loop.step()
    assert not loop.job(1).branches[0].tokens
    said = [wire.from_host.decode(line) for line in loop.output.getvalue()[before:].splitlines()]
    assert wire.Running("small") in said  # A new estimate of its speed may follow.


def test_a_prompt_keeps_to_its_own_limit() -> None:
    loop = Loop()
    short = msgspec.structs.replace(LONG_PROMPT, most_tokens=100)
    loop.ask(1, short, 5.0)
    loop.step()
    assert 50 < loop.job(1).generation().usage.prompt <= 100
    assert loop.job(1).generation().usage.cut == ("prefix",)


def test_a_changed_speed_is_said() -> None:
    """The speed is measured at loading, and again whenever a prompt is read."""
    loop = Loop()
    model = loop.host._models["small"]
    assert model.announced_speed > 0
    model.announced_speed = model.prefill_speed * 100
    loop.ask(1, LONG_PROMPT, 5.0)
    before = len(loop.output.getvalue())
    loop.step()
    loop.step()
    said = [wire.from_host.decode(line) for line in loop.output.getvalue()[before:].splitlines()]
    speeds = [message.info.prefill_speed for message in said if isinstance(message, wire.Loaded)]
    assert speeds, "a busy machine may change its speed again, and say so again"
    assert speeds[-1] == pytest.approx(model.announced_speed, abs=0.1)


def test_a_model_that_cannot_be_measured_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The host goes on with the others."""

    def fail(model: Model) -> None:
        raise ModelError(f"{model.info.name}: llama.cpp could not decode")

    loop = Loop()
    monkeypatch.setattr(Model, "measure_speed", fail)
    before = len(loop.output.getvalue())
    loop.take(wire.Load(SMALL))
    said = [wire.from_host.decode(line) for line in loop.output.getvalue()[before:].splitlines()]
    assert said[-1] == wire.Refused("small", "small: llama.cpp could not decode")
    loop.ask(1, SHORT_PROMPT, 5.0, model="large")
    assert loop.step() == 1
