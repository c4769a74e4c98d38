"""One document's conversation, with a completer whose every answer the test gives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from functools import partial

import pytest

from code_checks.hole import Hole
from code_checks.verdict import Outcome, Verdict
from ensemble.request import CompletionRequest, Trigger
from ensemble.trace.request_events import Abstained
from ensemble.trace.trace import Answer, Completion, Step
from ensemble.trace.vote_events import DeadlineReached
from lsp_server.answers.answer_cache import Offer
from lsp_server.answers.completion_tasks import TaskPool
from lsp_server.answers.request_limits import RequestLimits
from lsp_server.answers.session import Session
from lsp_server.answers.snapshot import Snapshot, Span
from lsp_server.documents.document import Document, Edit, Place

URI = "file:///a.txt"
PASSED = (Verdict("syntax", Outcome.PASS),)
LONG = RequestLimits(automatic=30.0, invoked=30.0, function=30.0)
SHORT = replace(LONG, automatic=0.0)


def answer(
    *texts: str, decided: bool = False, final: bool = False, verdicts: tuple[Verdict, ...] = PASSED
) -> Answer:
    completions = tuple(Completion(text, "small", 0, 0.6, None, verdicts) for text in texts)
    return Answer(completions, decided=decided, final=final or decided)


def due(*texts: str) -> Answer:
    """Return what a completer says at its deadline."""
    return Answer(
        answer(*texts).completions, trace=(Step.of(DeadlineReached("", 0.6, (), 0.0, 1.0, 0.0)),)
    )


@dataclass
class Puppet:
    """A completer: the test puts answers into the queue of each request."""

    requests: list[CompletionRequest] = field(default_factory=list)
    queues: list[asyncio.Queue[Answer | Exception]] = field(default_factory=list)
    writing: list[Callable[[str], None]] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)

    def answers(
        self, request: CompletionRequest, *, on_text: Callable[[str], None]
    ) -> AsyncIterator[Answer]:
        self.requests.append(request)
        self.writing.append(on_text)
        self.queues.append(asyncio.Queue())
        return self._play(len(self.requests) - 1)

    async def _play(self, number: int) -> AsyncIterator[Answer]:
        try:
            while True:
                given = await self.queues[number].get()
                if isinstance(given, Exception):
                    raise given
                yield given
                if given.final:
                    return
        finally:
            self.closed.append(number)

    @property
    def asked(self) -> list[str]:
        """The prefixes that were asked about, in order."""
        return [request.hole.prefix for request in self.requests]


class Stage:
    """A session about a document, at whose end the cursor is."""

    def __init__(self, text: str = "x = ") -> None:
        self.puppet = Puppet()
        self.changes = 0
        self.tasks = TaskPool(self._changed)
        self.tasks.completer = self.puppet
        self.upgrades: list[tuple[Snapshot, Offer]] = []
        self.document = Document(URI, text)
        self.session = Session(
            self.document, self.tasks, lambda *upgrade: self.upgrades.append(upgrade)
        )

    def _changed(self) -> None:
        self.changes += 1

    def type(self, text: str) -> None:
        end = self.document.place_of(len(self.document.text))
        self.document.apply([Edit(text, end)], self.document.version + 1)

    def ask(self, limits: RequestLimits = LONG, refusal: str = "") -> asyncio.Task[list[str]]:
        end = self.document.place_of(len(self.document.text))
        hole = Hole("plaintext", self.document.text, "")
        snapshot = Snapshot(URI, self.document.version, hole, Span(end, end), Trigger.AUTOMATIC)
        return asyncio.create_task(self._texts(snapshot, limits, refusal))

    async def _texts(self, snapshot: Snapshot, limits: RequestLimits, refusal: str) -> list[str]:
        offer = await self.session.answer(snapshot, limits, refusal)
        return [completion.text for completion in offer.answer.completions]

    async def say(self, number: int, *answers: Answer | Exception) -> None:
        """Have the completer give answers to its request of this number."""
        await self.until_asked(number + 1)
        for given in answers:
            self.puppet.queues[number].put_nowait(given)
        await settle()

    async def until_asked(self, times: int) -> None:
        await settle()
        assert len(self.puppet.requests) >= times, self.puppet.asked


async def settle() -> None:
    """Let everything happen that waits for nothing but its turn."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_decided_answer_is_given_at_once() -> None:
    stage = Stage()
    asked = stage.ask()
    await stage.say(0, answer("1"))
    assert not asked.done()
    await stage.say(0, answer("2", decided=True))
    assert await asked == ["2"]


async def test_at_the_deadline_the_best_so_far_is_given() -> None:
    stage = Stage()
    asked = stage.ask()
    await stage.say(0, answer("1"), due("1", "2"))
    assert await asked == ["1", "2"]


async def test_a_completer_that_misses_the_deadline_is_not_waited_for() -> None:
    stage = Stage()
    assert await stage.ask(SHORT) == []
    assert stage.puppet.closed == []


async def test_typing_into_a_known_answer_asks_nobody() -> None:
    stage = Stage()
    asked = stage.ask()
    await stage.say(0, answer("value", decided=True))
    await asked
    stage.type("va")
    assert await stage.ask() == ["lue"]
    assert stage.session.last is not None
    assert stage.session.last.trace[-1].name == "remembered"
    assert stage.puppet.asked == ["x = ", "x = value\n"]


async def test_the_next_is_computed_as_if_this_were_accepted() -> None:
    stage = Stage()
    asked = stage.ask()
    await stage.say(0, answer("value", decided=True))
    await asked
    await stage.say(1, answer("y = 1", decided=True))
    assert (stage.puppet.requests[1].deadline or 0.0) > LONG.automatic
    stage.type("value\n")
    assert await stage.ask() == ["y = 1"]
    assert stage.puppet.asked == ["x = ", "x = value\n", "x = value\ny = 1\n"]


async def test_a_speculation_that_is_asked_for_is_adopted() -> None:
    stage = Stage()
    asked = stage.ask()
    await stage.say(0, answer("value", decided=True))
    await asked
    await stage.until_asked(2)
    stage.type("value\n")
    asked = stage.ask()
    await stage.say(1, answer("y = 1", decided=True))
    assert await asked == ["y = 1"]
    assert stage.puppet.asked[:2] == ["x = ", "x = value\n"]
    assert 1 in stage.puppet.closed


async def test_a_speculation_gives_way_to_a_real_request() -> None:
    stage = Stage()
    asked = stage.ask()
    await stage.say(0, answer("value", decided=True))
    await asked
    await stage.until_asked(2)
    stage.type("other")
    stage.ask()
    await stage.until_asked(3)
    assert 1 in stage.puppet.closed
    assert stage.tasks.busy


async def test_the_same_question_is_asked_once() -> None:
    stage = Stage()
    first, second = stage.ask(), stage.ask()
    await stage.say(0, answer("1", decided=True))
    assert await second == ["1"]
    assert first.cancelled()
    assert stage.puppet.asked == ["x = ", "x = 1\n"]


async def test_a_speculation_with_nothing_to_say_is_made_once() -> None:
    """Every letter of a text that is typed as it was shown looks ahead to the same place."""
    stage = Stage()
    asked = stage.ask()
    await stage.say(0, answer("12", decided=True))
    await asked
    await stage.say(1, answer(decided=True))
    stage.type("1")
    assert await stage.ask() == ["2"]
    assert stage.puppet.asked == ["x = ", "x = 12\n"]


@pytest.mark.parametrize(("typed", "given"), [("", ["12"]), ("1", ["12"]), ("2", []), ("12", [])])
async def test_a_document_that_changes_before_its_answer(typed: str, given: list[str]) -> None:
    """The answer is given if the document goes on as it says."""
    stage = Stage()
    asked = stage.ask()
    await stage.until_asked(1)
    stage.type(typed)
    await stage.say(0, answer("12", decided=True))
    assert await asked == given


async def test_a_superseded_request_ends_before_the_newer_one() -> None:
    stage = Stage()
    ended: list[int] = []
    asked = []

    def note(number: int, _: object) -> None:
        ended.append(number)

    for number in range(4):
        stage.type("y")
        asked.append(stage.ask())
        asked[-1].add_done_callback(partial(note, number))
        await settle()
        stage.puppet.writing[number]("z")  # What is typed next is something else.
    assert [task.cancelled() for task in asked] == [True, True, True, False]
    await stage.say(3, answer("1", decided=True))
    assert await asked[-1] == ["1"]
    assert ended == [0, 1, 2, 3]
    assert stage.puppet.closed[:3] == [0, 1, 2]


async def test_what_is_being_written_goes_on_while_it_is_typed() -> None:
    """A model that was interrupted at every letter would never finish a line."""
    stage = Stage()
    first = stage.ask()
    await stage.until_asked(1)
    stage.puppet.writing[0]("va")
    stage.type("v")
    second = stage.ask()
    await settle()
    stage.type("alu")
    third = stage.ask()
    await stage.say(0, answer("value", decided=True))
    assert [first.cancelled(), second.cancelled(), await third] == [True, True, ["e"]]
    assert stage.puppet.asked == ["x = ", "x = value\n"]


async def test_an_editor_may_cancel_before_it_asks_again() -> None:
    stage = Stage()
    first = stage.ask()
    await stage.until_asked(1)
    first.cancel()
    await settle()
    stage.type("v")
    second = stage.ask()
    await stage.say(0, answer("value", decided=True))
    assert await second == ["alue"]
    assert stage.puppet.closed == [0]


async def test_what_turns_out_to_be_something_else_is_given_up_at_once() -> None:
    stage = Stage()
    stage.ask()
    await stage.until_asked(1)
    stage.type("v")
    second = stage.ask()
    await settle()
    assert stage.puppet.asked == ["x = "]
    stage.puppet.writing[0]("o")
    await settle()
    assert (stage.puppet.asked, stage.puppet.closed) == (["x = ", "x = v"], [0])
    await stage.say(1, answer("alue", decided=True))
    assert await second == ["alue"]


async def test_an_answer_that_is_not_what_was_typed_leads_to_another_question() -> None:
    """What was written agreed with it; what the checks have left of it does not."""
    stage = Stage()
    stage.ask()
    await stage.until_asked(1)
    stage.type("v")
    second = stage.ask()
    await stage.say(0, answer("other", decided=True))
    await stage.say(1, answer("alue", decided=True))
    assert await second == ["alue"]
    assert stage.puppet.asked[:2] == ["x = ", "x = v"]


async def test_what_goes_on_after_its_deadline_is_offered_when_it_comes() -> None:
    stage = Stage()
    assert await stage.ask(SHORT) == []
    stage.type("v")
    assert await stage.ask(SHORT) == []
    assert stage.puppet.asked == ["x = "]
    await stage.say(0, answer("value", decided=True))
    assert [offer.answer.completions[0].text for _, offer in stage.upgrades] == ["alue"]


async def test_what_came_to_nothing_after_its_deadline_is_asked_again() -> None:
    stage = Stage()
    assert await stage.ask(SHORT) == []
    stage.type("v")
    assert await stage.ask(SHORT) == []
    await stage.say(0, answer("other", decided=True))
    await stage.say(1, answer("alue", decided=True))
    assert stage.puppet.asked[:2] == ["x = ", "x = v"]
    assert [offer.answer.completions[0].text for _, offer in stage.upgrades] == ["alue"]


async def test_a_superseded_request_ends_before_a_remembered_answer() -> None:
    stage = Stage()
    asked = stage.ask()
    await stage.say(0, answer("value", decided=True))
    await asked
    ended: list[str] = []
    stage.document.apply([Edit("", Place(0, 2), Place(0, 4))], 7)
    older = stage.ask()
    older.add_done_callback(lambda _: ended.append("older"))
    await asyncio.sleep(0)
    stage.document.apply([Edit("= v", Place(0, 2))], 8)
    newer = stage.ask()
    newer.add_done_callback(lambda _: ended.append("newer"))
    assert await newer == ["alue"]
    await settle()
    assert ended == ["older", "newer"]


async def test_a_cancelled_request_takes_its_work_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lsp_server.answers.session.KEPT_SECONDS", 0.0)
    stage = Stage()
    asked = stage.ask()
    await stage.until_asked(1)
    asked.cancel()
    await settle()
    assert asked.cancelled()
    assert stage.puppet.closed == [0]
    assert not stage.tasks.busy


# After something was shown at the deadline: what comes, what was typed meanwhile, what is offered.
UPGRADES = [
    ("another text", ["1"], answer("2", decided=True), "", ["2"]),
    ("nothing had been shown", [], answer("2", decided=True), "", ["2"]),
    ("its beginning was typed", ["1"], answer("234", decided=True), "23", ["4"]),
    ("all of it was typed", ["1"], answer("23", decided=True), "23", []),
    ("something else was typed", ["1"], answer("2", decided=True), "x", []),
    ("the same text", ["1"], answer("1", decided=True), "", []),
    ("nothing after all", ["1"], answer(final=True), "", []),
    ("verified though undecided", ["1"], answer("2", final=True), "", ["2"]),
    ("unverified and undecided", ["1"], answer("2", final=True, verdicts=()), "", []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("shown", "better", "typed", "offered"),
    [case[1:] for case in UPGRADES],
    ids=[case[0] for case in UPGRADES],
)
async def test_upgrade(shown: list[str], better: Answer, typed: str, offered: list[str]) -> None:
    stage = Stage()
    asked = stage.ask()
    await stage.say(0, due(*shown))
    assert await asked == shown
    if typed:
        stage.type(typed)
    await stage.say(0, better)
    assert [c.text for _, offer in stage.upgrades for c in offer.answer.completions] == offered
    for snapshot, _ in stage.upgrades:
        assert snapshot.version == stage.document.version
        assert snapshot.span.end == Place(0, len("x = " + typed))


async def test_an_upgrade_is_the_next_request_s_first_item() -> None:
    stage = Stage()
    asked = stage.ask()
    await stage.say(0, due("va"))
    await asked
    await stage.say(0, answer("value", decided=True))
    assert await stage.ask() == ["value", "va"]


async def test_typing_into_what_is_shown_leaves_the_upgrade_alone() -> None:
    stage = Stage()
    asked = stage.ask()
    await stage.say(0, answer("other", decided=True))
    await asked
    stage.document.apply([Edit("y = ")], 5)
    asked = stage.ask()
    await stage.say(2, due("value"))
    await asked
    stage.document.apply([Edit("x = ")], 6)
    assert await stage.ask() == ["other"]
    assert 2 not in stage.puppet.closed


async def test_what_the_limits_refuse_is_not_asked() -> None:
    stage = Stage()
    assert await stage.ask(refusal="it is secret") == []
    assert stage.puppet.requests == []
    assert stage.session.last is not None
    assert stage.session.last.trace[0].event == Abstained("it is secret")


async def test_thresholds_travel_with_the_request() -> None:
    """The completer applies them, once."""
    stage = Stage()
    limits = replace(LONG, minimum_agreement=0.7, verified_only=True)
    asked = stage.ask(limits)
    await stage.say(0, answer("1", final=True))
    assert await asked == ["1"]
    (request,) = stage.puppet.requests[:1]
    assert (request.minimum_agreement, request.verified_only) == (0.7, True)


async def test_a_failing_completer_is_an_empty_answer_and_trouble() -> None:
    stage = Stage()
    asked = stage.ask()
    await stage.say(0, RuntimeError("it broke"))
    assert await asked == []
    assert stage.tasks.trouble == "it broke"
    stage.type("y")
    asked = stage.ask()
    await stage.say(1, answer("1", decided=True))
    assert await asked == ["1"]
    await stage.say(2, answer("2", decided=True))
    assert stage.tasks.trouble == ""


async def test_a_closed_document_ends_everything() -> None:
    stage = Stage()
    asked = stage.ask()
    await stage.until_asked(1)
    stage.session.close()
    await settle()
    assert asked.cancelled()
    assert stage.puppet.closed == [0]


async def test_the_pool_closes_with_all_tasks_ended() -> None:
    stage = Stage()
    asked = stage.ask()
    await stage.say(0, answer("1", decided=True))
    await asked
    await stage.until_asked(2)
    await stage.tasks.close()
    assert sorted(stage.puppet.closed) == [0, 1]
