"""Runs of the completer in the background, whose answers come one after another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import msgspec

from code_checks.hole import Hole
from ensemble.request import CompletionRequest, Trigger
from ensemble.trace.request_events import EngineFailed
from ensemble.trace.trace import Answer, Step
from lsp_server.answers.answer_cache import AnswerCache

_log = logging.getLogger(__name__)

_GRACE = 0.1
"""How many seconds the completer's own answer to a deadline may take before it is not awaited."""


class AnswerSource(Protocol):
    """What a task asks: a `Completer`."""

    def answers(
        self, request: CompletionRequest, /, *, on_text: Callable[[str], None]
    ) -> AsyncIterator[Answer]:
        """Yield answers, each of which supersedes the one before. `on_text` is told what a model
        has written so far."""


class CompletionTask:
    """Answers to one request, as they come.

    It never raises: what the completer raises is logged and becomes a final, empty answer whose
    trace says `engine_failed`. `arrived` is told of each answer.
    """

    def __init__(
        self,
        completer: AnswerSource,
        request: CompletionRequest,
        arrived: Callable[[CompletionTask], None],
    ) -> None:
        self.request = request
        self.latest = Answer()
        """The best answer so far."""
        self.offered: Answer | None = None
        """What the editor was shown of it, once it was."""
        self.listener: Callable[[CompletionTask], None] = lambda _: None
        """Who else is told of each answer, after `arrived`."""
        self.typed = ""
        """What was typed at the hole since the task began."""
        self._diverged: Callable[[], object] = lambda: None
        self._written = ""
        self._arrived = arrived
        self._due = asyncio.Event()
        self._task = asyncio.create_task(self._run(completer))

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

    def continues(self, request: CompletionRequest) -> str | None:
        """Return what was typed between this task's hole and a request's, if what is written here
        may still go on as that; None if it cannot, or if anything else has changed."""
        mine, now = self.request.hole, request.hole
        enough = self.request.trigger in (request.trigger, Trigger.INVOKED)
        if not (self.running and enough and self.request.document == request.document):
            return None
        if now.suffix != mine.suffix or not now.prefix.startswith(mine.prefix):
            return None
        typed = now.prefix[len(mine.prefix) :]
        return typed if _agree(self._written, typed) else None

    def go_on(self, typed: str, diverged: Callable[[], object]) -> None:
        """Wait for another answer although this was typed meanwhile. `diverged` is called, once, if
        what is being written turns out to be something else."""
        self.typed, self._diverged = typed, diverged
        if not self.latest.decided and not self.latest.final:
            self._due.clear()

    def serves(self, request: CompletionRequest) -> bool:
        """Whether this is under way for the same question, or for one that asks for more."""
        return self.continues(request) == ""

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

    async def _run(self, completer: AnswerSource) -> None:
        iterator: AsyncIterator[Answer] | None = None
        try:
            iterator = completer.answers(self.request, on_text=self._write)
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

    def _write(self, text: str) -> None:
        self._written = text
        if not _agree(text, self.typed):
            diverged, self._diverged = self._diverged, lambda: None
            diverged()

    def _receive(self, answer: Answer) -> None:
        self.latest = answer
        if answer.due:
            self._due.set()
        self._arrived(self)
        self.listener(self)


def _agree(written: str, typed: str) -> bool:
    """Whether a text may begin with what was typed, as far as either is known."""
    return written.startswith(typed[: len(written)])


def _failed(error: Exception) -> Answer:
    return Answer(trace=(Step.of(EngineFailed(message=str(error))),), final=True)


class TaskPool:
    """The tasks of all sessions, at most one of them a speculation, and the answers remembered.

    `changed` is called when a task starts or ends.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.completer: AnswerSource | None = None
        """Whom tasks ask that begin from now on; another one after each change of the settings."""
        self.answer_cache = AnswerCache()
        self.trouble = ""
        """Why the last task failed, or ""."""
        self._changed = changed
        self._speculation: CompletionTask | None = None
        self._speculated: tuple[str, Hole] | None = None
        """The document and the hole of the last speculation."""
        self._tasks: set[CompletionTask] = set()

    @property
    def busy(self) -> bool:
        """Whether something runs that somebody waits for."""
        return any(task is not self._speculation for task in self._tasks)

    def start(self, request: CompletionRequest) -> CompletionTask:
        """Ask the completer. What is only speculation gives way, unless it is this very question:
        then it is speculation no longer."""
        task, self._speculation = self._speculation, None
        if task is not None:
            if task.serves(request):
                self._changed()
                return task
            task.cancel()
            self._speculated = None
        return self._start(request)

    def speculate(self, request: CompletionRequest) -> None:
        """Ask for what may be wanted next, unless that is known or under way."""
        running, asked = self._speculation, (request.document, request.hole)
        # A speculation that found nothing to say is not made again at the next letter.
        if asked != self._speculated and not self.answer_cache.knows(*asked):
            if running is not None:
                running.cancel()
            self._speculated = asked
            self._speculation = self._start(request)

    async def close(self) -> None:
        """Cancel everything and wait until it has ended."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        for task in tasks:
            await task.ended()

    def _start(self, request: CompletionRequest) -> CompletionTask:
        assert self.completer is not None, "nothing is asked before `initialize`"
        task = CompletionTask(self.completer, request, self._remember)
        self._tasks.add(task)
        task.when_ended(self._ended)
        self._changed()
        return task

    def _remember(self, task: CompletionTask) -> None:
        answer = task.latest
        if not (answer.decided or answer.final) or not answer.completions:
            return
        if task.offered is not None:
            # What is on the screen stays known, behind what turned out to be better.
            shown = answer.completions + task.offered.completions
            answer = msgspec.structs.replace(answer, completions=shown)
        request = task.request
        self.answer_cache.remember(request.document, request.hole, request.trigger, answer)

    def _ended(self, task: CompletionTask) -> None:
        self._tasks.discard(task)
        if self._speculation is task:
            self._speculation = None
        if task.latest.final:
            self.trouble = task.failure
        self._changed()
