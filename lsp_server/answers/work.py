"""Runs of the completer in the background, whose answers come one after another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

import msgspec

from code_checks.hole import Hole
from ensemble.request import CompletionRequest, Trigger
from ensemble.trace import Answer, Step
from ensemble.trace_events import EngineFailed
from lsp_server.answers.answer_cache import AnswerCache

_log = logging.getLogger(__name__)

Answers = Callable[[CompletionRequest], AsyncIterator[Answer]]
"""`Completer.answers`: each answer supersedes the one before."""

_GRACE = 0.1
"""How many seconds the completer's own answer to a deadline may take before it is not awaited."""


class CompletionTask:
    """Answers to one request, as they come. `latest` is the best so far.

    It never raises: what the completer raises is logged and becomes a final, empty answer whose
    trace says `engine_failed`. `listener` is told of each answer, after `arrived`.
    """

    def __init__(
        self,
        answers: Answers,
        request: CompletionRequest,
        arrived: Callable[[CompletionTask], None],
    ) -> None:
        self.request = request
        self.latest = Answer()
        self.offered: Answer | None = None
        """What the editor was shown of it, once it was."""
        self.listener: Callable[[CompletionTask], None] = lambda _: None
        self._arrived = arrived
        self._due = asyncio.Event()
        self._task = asyncio.create_task(self._run(answers))

    @property
    def running(self) -> bool:
        return not self._task.done()

    @property
    def failure(self) -> str:
        """Why there is no answer, if an engine is to blame."""
        if self.latest.completions:
            return ""
        events = (step.event for step in self.latest.trace)
        failures = [event.message for event in events if isinstance(event, EngineFailed)]
        return failures[-1] if failures else ""

    def serves(self, document: str, hole: Hole, trigger: Trigger) -> bool:
        """Whether this is under way for the same question, or for one that asks for more."""
        enough = self.request.trigger in (trigger, Trigger.INVOKED)
        same = self.request.document == document and self.request.hole == hole
        return self.running and enough and same

    async def due(self, seconds: float) -> Answer:
        """Wait until an answer is worth showing, at most that long, and return the best one."""
        try:
            async with asyncio.timeout(seconds + _GRACE):
                await self._due.wait()
        except TimeoutError:
            _log.debug("nothing came by the deadline")
        return self.latest

    def cancel(self) -> None:
        """Stop, at the next await. `ended` waits for it."""
        self._task.cancel()

    async def ended(self) -> None:
        """Wait until nothing of it runs any more."""
        await asyncio.wait([self._task])

    def when_ended(self, call: Callable[[CompletionTask], None]) -> None:
        """Have a function called when nothing of it runs any more."""
        self._task.add_done_callback(lambda _: call(self))

    async def _run(self, answers: Answers) -> None:
        iterator: AsyncIterator[Answer] | None = None
        try:
            iterator = answers(self.request)
            async for answer in iterator:
                self._receive(answer)
        except Exception as error:
            # Whatever goes wrong below, the editor shows less and nothing worse.
            _log.exception("the completer failed")
            self._receive(_failed(error))
        finally:
            self._due.set()
            close = getattr(iterator, "aclose", None)
            if close is not None:
                await close()

    def _receive(self, answer: Answer) -> None:
        self.latest = answer
        if answer.due:
            self._due.set()
        self._arrived(self)
        self.listener(self)


def _failed(error: Exception) -> Answer:
    return Answer(trace=(Step.of(EngineFailed(message=str(error))),), final=True)


class TaskPool:
    """Where all sessions have their work done: the answers remembered, one speculation at a time.

    `changed` is called when work starts or ends. `trouble` is why the last work failed, or "".
    """

    def __init__(self, answers: Answers, changed: Callable[[], None]) -> None:
        self.answers = answers
        self.memory = AnswerCache()
        self.trouble = ""
        self._changed = changed
        self._speculation: CompletionTask | None = None
        self._working: set[CompletionTask] = set()

    @property
    def busy(self) -> bool:
        """Whether something runs that somebody waits for."""
        return any(work is not self._speculation for work in self._working)

    def start(self, request: CompletionRequest) -> CompletionTask:
        """Ask the completer. What is only speculation gives way, unless it is this very question:
        then it is speculation no longer."""
        work, self._speculation = self._speculation, None
        if work is not None:
            if work.serves(request.document, request.hole, request.trigger):
                self._changed()
                return work
            work.cancel()
        return self._start(request)

    def speculate(self, request: CompletionRequest) -> None:
        """Ask for what may be wanted next, unless that is known or under way."""
        document, hole = request.document, request.hole
        running = self._speculation
        under_way = running is not None and running.serves(document, hole, request.trigger)
        if not under_way and not self.memory.knows(document, hole):
            if running is not None:
                running.cancel()
            self._speculation = self._start(request)

    async def close(self) -> None:
        """Cancel everything and wait until it has ended."""
        working = list(self._working)
        for work in working:
            work.cancel()
        for work in working:
            await work.ended()

    def _start(self, request: CompletionRequest) -> CompletionTask:
        work = CompletionTask(self.answers, request, self._remember)
        self._working.add(work)
        work.when_ended(self._ended)
        self._changed()
        return work

    def _remember(self, work: CompletionTask) -> None:
        answer = work.latest
        if not (answer.decided or answer.final) or not answer.completions:
            return
        if work.offered is not None:
            # What is on the screen stays known, behind what turned out to be better.
            shown = answer.completions + work.offered.completions
            answer = msgspec.structs.replace(answer, completions=shown)
        request = work.request
        self.memory.remember(request.document, request.hole, request.trigger, answer)

    def _ended(self, work: CompletionTask) -> None:
        self._working.discard(work)
        if self._speculation is work:
            self._speculation = None
        if work.latest.final:
            self.trouble = work.failure
        self._changed()
