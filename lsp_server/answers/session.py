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
from ensemble.request import Trigger
from ensemble.trace.request_events import Abstained, Remembered
from ensemble.trace.trace import Answer, Completion, Step
from lsp_server.answers.answer_cache import Offer, rest_of
from lsp_server.answers.completion_tasks import CompletionTask, TaskPool
from lsp_server.answers.request_limits import RequestLimits
from lsp_server.answers.snapshot import Snapshot, Span, is_verified
from lsp_server.documents.document import Document

_OUTDATED = "the document was changed before there was an answer"
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
            # What supersedes this request has seen to the task; otherwise nobody wants it.
            if self._waiting is this and task is not None:
                task.cancel()
            raise
        finally:
            if self._waiting is this:
                self._waiting = None
        assert offer is not None, "what is not known has been asked for"
        if self._is_outdated(snapshot, offer.answer):
            offer = Offer(_abstained(_OUTDATED))
        self.last = offer.answer
        return offer

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
        """Return the task whose answer this request waits for: the one that runs, or a new one."""
        request = limits.completion(snapshot.uri, snapshot.hole, snapshot.trigger, deadline)
        task = self._task
        if task is not None and task.serves(request):
            return task
        if task is not None:
            task.cancel()
        self._task = self._tasks.start(request)
        self._task.listener = lambda task: self._improve(task, snapshot, limits)
        return self._task

    async def _first_offer(
        self, task: CompletionTask, snapshot: Snapshot, limits: RequestLimits, deadline: float
    ) -> Offer:
        answer = await task.due(deadline)
        task.offered = answer
        if answer.final and answer.completions:
            self._look_ahead(snapshot, limits, answer.completions[0])
        return Offer(answer)

    def _improve(self, task: CompletionTask, snapshot: Snapshot, limits: RequestLimits) -> None:
        """Offer what comes after the answer was given, if it is another text and verified."""
        answer, shown = task.latest, task.offered
        if shown is None:
            return
        if answer.completions and _disagree(answer, shown) and _is_sound(answer):
            task.offered = answer
            self._offer_upgrade(snapshot, answer)
        best = (shown.completions or answer.completions)[:1]
        if answer.final and best:
            self._look_ahead(snapshot, limits, best[0])

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
        """Have the next answer computed as if this one were accepted."""
        hole = snapshot.hole
        text = best.text.replace("\r\n", "\n")
        if "\r\n" in hole.prefix:
            text = text.replace("\n", "\r\n")
        after = Hole(hole.language, hole.prefix + text, hole.suffix[replaced:])
        request = limits.completion(snapshot.uri, after, Trigger.AUTOMATIC, _NEVER)
        self._tasks.speculate(request)


def _abstained(reason: str) -> Answer:
    return Answer(trace=(Step.of(Abstained(reason)),), final=True)


def _disagree(answer: Answer, shown: Answer) -> bool:
    return not shown.completions or answer.completions[0].text != shown.completions[0].text


def _is_sound(answer: Answer) -> bool:
    return answer.decided or is_verified(answer.completions[0])
