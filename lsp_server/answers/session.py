"""One document's conversation: the request in flight, its answers, and what may be asked next.

One request is in flight, the latest wins, and each is answered or cancelled.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import replace

import msgspec

from code_checks.hole import Hole
from code_checks.text.indentation import behind_enter
from ensemble.request import CompletionRequest, Trigger
from ensemble.trace.request_events import Abstained, Remembered
from ensemble.trace.trace import Answer, Completion, Step
from lsp_server.answers.answer_cache import Offer, rest_of
from lsp_server.answers.completion_tasks import CompletionTask, TaskPool
from lsp_server.answers.request_limits import RequestLimits
from lsp_server.answers.snapshot import Snapshot, Span, is_verified
from lsp_server.documents.document import Document

_OUTDATED = "the document was changed before there was an answer"
KEPT_SECONDS = 0.4
"""How long a cancelled request's work goes on, for the next letter's request to take it over."""
_NEVER = math.inf
"""The deadline of what nobody waits for: the host serves everything else first."""


class Session:
    """What goes on about one open document. Only the event loop touches it.

    `upgraded` is called with a snapshot and an offer when a better answer than the one that was
    given has come and the document still is what it was, or goes on as the offer begins.
    """

    def __init__(
        self, document: Document, tasks: TaskPool, upgraded: Callable[[Snapshot, Offer], None]
    ) -> None:
        self.document = document
        self.last: Answer | None = None
        """The last answer given, with the trace that led to it."""
        self._tasks = tasks
        self._upgraded = upgraded
        self._waiting: asyncio.Task[object] | None = None
        self._task: CompletionTask | None = None

    async def answer(self, snapshot: Snapshot, limits: RequestLimits, refusal: str = "") -> Offer:
        """Answer a request by the deadline; an earlier one that still waits is cancelled.

        With a `refusal`, the reason to suggest nothing, no model is asked. The earlier request has
        been answered, with its cancellation, before this one is: a client that keeps whichever
        answer comes last would otherwise show the wrong one.
        """
        this = asyncio.current_task()
        earlier, self._waiting = self._waiting, this
        offer = Offer(_abstained(refusal)) if refusal else self._remembered(snapshot, limits)
        task, deadline = None, 0.0
        if offer is None:
            deadline = limits.deadline(snapshot.hole, snapshot.trigger)
            task = self._task_for(snapshot, limits, deadline)
        elif self._task is not None and self._task.offered is None:
            # Typing into what is shown leaves alone what may still make it better.
            self._task.cancel()
        try:
            if earlier is not None:
                earlier.cancel()
                await asyncio.wait([earlier])
            if task is not None:
                offer = await self._first_offer(task, snapshot, limits, deadline)
        except asyncio.CancelledError:
            # What supersedes this request has seen to the task. Otherwise nobody wants it, or an
            # editor that cancels before it asks again wants it in a moment.
            if self._waiting is this and task is not None:
                asyncio.get_running_loop().call_later(KEPT_SECONDS, self._give_up, task)
            raise
        finally:
            if self._waiting is this:
                self._waiting = None
        assert offer is not None, "what is not known has been asked for"
        if self._is_outdated(snapshot, offer.answer):
            offer = Offer(_abstained(_OUTDATED))
        self.last = offer.answer
        return offer

    def _give_up(self, task: CompletionTask) -> None:
        """Cancel a task unless another request waits for it by now."""
        if self._waiting is None and task.offered is None:
            task.cancel()

    def close(self) -> None:
        """Cancel what is in flight, because the document is closed."""
        if self._waiting is not None:
            self._waiting.cancel()
        if self._task is not None:
            self._task.cancel()
        self._tasks.answer_cache.forget(self.document.uri)

    def _remembered(self, snapshot: Snapshot, limits: RequestLimits) -> Offer | None:
        hole = limits.whole(snapshot.hole)
        found = self._tasks.answer_cache.recall(snapshot.uri, hole, snapshot.trigger)
        if found is None:
            return None
        answer = found.answer
        self._look_ahead(snapshot, limits, answer.completions[0], found.replaced)
        # What led to it then is still why it is shown now.
        step = Step.of(Remembered(answer.completions[0].text))
        trace = (*answer.trace, step)
        return replace(found, answer=msgspec.structs.replace(answer, trace=trace, elapsed_ms=0.0))

    def _task_for(
        self, snapshot: Snapshot, limits: RequestLimits, deadline: float
    ) -> CompletionTask:
        """Return the task whose answer this request waits for: the one that runs, if what it
        writes goes on as what was typed meanwhile, or a new one."""
        request = limits.completion(snapshot.uri, snapshot.hole, snapshot.trigger, deadline)
        task = self._task
        typed = task.continues(request) if task is not None else None
        if task is None or typed is None:
            return self._begin(snapshot, limits, request)
        task.go_on(typed, lambda: self._begin(snapshot, limits, request))
        return task

    def _begin(
        self, snapshot: Snapshot, limits: RequestLimits, request: CompletionRequest
    ) -> CompletionTask:
        """Ask about a state of the document; what was asked about an earlier one is given up."""
        if self._task is not None:
            self._task.cancel()
        task = self._task = self._tasks.start(request)
        task.listener = lambda task: self._improve(task, snapshot, limits)
        return task

    async def _first_offer(
        self, task: CompletionTask, snapshot: Snapshot, limits: RequestLimits, deadline: float
    ) -> Offer:
        loop = asyncio.get_running_loop()
        end = loop.time() + deadline
        while True:
            answer = await task.due(max(0.0, end - loop.time()))
            if self._task is not None and task is not self._task:
                task = self._task  # What was being written was not what is being typed.
                continue
            rest = rest_of(answer, task.typed) if task.typed else answer
            if rest.completions or task.running or not task.typed:
                break
            request = limits.completion(snapshot.uri, snapshot.hole, snapshot.trigger, deadline)
            task = self._begin(snapshot, limits, request)
        task.offered = answer
        if rest.final and rest.completions:
            self._look_ahead(snapshot, limits, rest.completions[0])
        return Offer(rest)

    def _improve(self, task: CompletionTask, snapshot: Snapshot, limits: RequestLimits) -> None:
        """Offer what comes after the answer was given, if it is another text and verified."""
        answer, shown = task.latest, task.offered
        if shown is None:
            return
        if answer.final and task.typed and not rest_of(answer, task.typed).completions:
            self._ask_again(snapshot, limits)
            return
        if answer.completions and _disagree(answer, shown) and _is_sound(answer):
            task.offered = answer
            self._offer_upgrade(snapshot, answer)
        best = (shown.completions or answer.completions)[:1]
        if answer.final and best:
            self._look_ahead(snapshot, limits, best[0])

    def _ask_again(self, snapshot: Snapshot, limits: RequestLimits) -> None:
        """Ask about the document as it is now: the answer is not what was typed meanwhile, and
        whoever asked has been told by the deadline that there is nothing yet."""
        typed = self._typed_since(snapshot)
        if typed:
            here = self._moved(snapshot, typed)
            request = limits.completion(here.uri, here.hole, here.trigger)
            self._begin(here, limits, request).offered = Answer()

    def _offer_upgrade(self, snapshot: Snapshot, answer: Answer) -> None:
        typed = self._typed_since(snapshot)
        if typed is None:
            return
        rest = rest_of(answer, typed)
        if not rest.completions:
            return
        self.last = answer
        self._upgraded(self._moved(snapshot, typed), Offer(rest))

    def _typed_since(self, snapshot: Snapshot) -> str | None:
        """Return what was typed at the hole since the snapshot, or None after any other change."""
        document, hole = self.document, snapshot.hole
        head = snapshot.span.head
        if document.version == snapshot.version:
            return "" if not head else None
        text, before, after = document.text, len(hole.prefix), len(hole.suffix)
        grown = len(text) - before - after
        if grown < 0 or not text.startswith(hole.prefix) or not text.endswith(hole.suffix):
            return None
        return text[before : before + grown]

    def _is_outdated(self, snapshot: Snapshot, answer: Answer) -> bool:
        """Whether the document has been changed since the snapshot, and the answer does not go on
        as what was typed."""
        if self.document.version == snapshot.version or not answer.completions:
            return False
        typed = self._typed_since(snapshot)
        return typed is None or not rest_of(answer, typed).completions

    def _moved(self, snapshot: Snapshot, typed: str) -> Snapshot:
        hole = Hole(snapshot.hole.language, snapshot.hole.prefix + typed, snapshot.hole.suffix)
        place = self.document.place_of(len(hole.prefix))
        return replace(snapshot, version=self.document.version, hole=hole, span=Span(place, place))

    def _look_ahead(
        self, snapshot: Snapshot, limits: RequestLimits, best: Completion, replaced: int = 0
    ) -> None:
        """Have the next answer computed as if this one were accepted, and Enter pressed where it
        ends a line."""
        hole = snapshot.hole
        text = best.text.replace("\r\n", "\n")
        if "\r\n" in hole.prefix:
            text = text.replace("\n", "\r\n")
        after = Hole(hole.language, hole.prefix + text, hole.suffix[replaced:])
        if not after.suffix.split("\n", 1)[0].strip():
            after = behind_enter(after)
        request = limits.completion(snapshot.uri, after, Trigger.AUTOMATIC, _NEVER)
        self._tasks.speculate(request)


def _abstained(reason: str) -> Answer:
    return Answer(trace=(Step.of(Abstained(reason)),), final=True)


def _disagree(answer: Answer, shown: Answer) -> bool:
    return not shown.completions or answer.completions[0].text != shown.completions[0].text


def _is_sound(answer: Answer) -> bool:
    return answer.decided or is_verified(answer.completions[0])
