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
from ensemble.trace import Answer, Completion, Step
from ensemble.trace_events import Abstained, Remembered
from lsp_server.answers.answer_cache import Offer, rest_of
from lsp_server.answers.request_limits import RequestLimits
from lsp_server.answers.snapshot import Snapshot, Span, is_verified
from lsp_server.answers.work import CompletionTask, TaskPool
from lsp_server.documents.document import Document

_OUTDATED = "the document was changed before there was an answer"
_NEVER = math.inf
"""The deadline of what nobody waits for: the host serves everything else first."""


class Session:
    """What goes on about one open document. Only the event loop touches it.

    `upgraded` is called with a question and an offer when a better answer than the one that was
    given has come and the document still is what it was, or goes on as the offer begins.
    """

    def __init__(
        self, document: Document, bench: TaskPool, upgraded: Callable[[Snapshot, Offer], None]
    ) -> None:
        self.document = document
        self.last: Answer | None = None
        """The last answer given, with the trace that led to it."""
        self._bench = bench
        self._upgraded = upgraded
        self._waiting: asyncio.Task[object] | None = None
        self._work: CompletionTask | None = None

    async def answer(self, question: Snapshot, limits: RequestLimits) -> Offer:
        """Answer a question by the deadline; an earlier one that still waits is cancelled.

        The earlier request has been answered, with its cancellation, before this one is: a client
        that keeps whichever answer comes last would otherwise show the wrong one.
        """
        task = asyncio.current_task()
        earlier, self._waiting = self._waiting, task
        offer = _refused(limits) or self._remembered(question, limits)
        work = self._work_on(question, limits, known=offer is not None)
        try:
            if earlier is not None:
                earlier.cancel()
                await asyncio.wait([earlier])
            if offer is None and work is not None:
                offer = await self._first_offer(work, question, limits)
        except asyncio.CancelledError:
            # Whoever supersedes this has seen to the work; if nobody does, nobody wants it.
            if self._waiting is task and work is not None:
                work.cancel()
            raise
        finally:
            if self._waiting is task:
                self._waiting = None
        offer = offer or Offer(Answer(final=True))
        if self._is_outdated(question, offer.answer):
            offer = Offer(_abstained(_OUTDATED))
        self.last = offer.answer
        return offer

    def close(self) -> None:
        """Cancel what is in flight, because the document is closed."""
        if self._waiting is not None:
            self._waiting.cancel()
        if self._work is not None:
            self._work.cancel()
        self._bench.memory.forget(self.document.uri)

    def _remembered(self, question: Snapshot, limits: RequestLimits) -> Offer | None:
        hole = limits.whole(question.hole)
        found = self._bench.memory.recall(question.uri, hole, question.trigger)
        if found is None:
            return None
        answer = found.answer
        self._look_ahead(question, limits, answer.completions[0], found.replaced)
        # What led to it then is still why it is shown now.
        step = Step.of(Remembered(answer.completions[0].text))
        trace = (*answer.trace, step)
        return replace(found, answer=msgspec.structs.replace(answer, trace=trace, elapsed_ms=0.0))

    def _work_on(
        self, question: Snapshot, limits: RequestLimits, *, known: bool
    ) -> CompletionTask | None:
        """Return the work whose answer this question waits for; None if the answer is known."""
        work = self._work
        if known:
            # Typing into what is shown leaves alone what may still make it better.
            if work is not None and work.offered is None:
                work.cancel()
            return None
        hole = limits.whole(question.hole)
        if work is not None and work.serves(question.uri, hole, question.trigger):
            return work
        if work is not None:
            work.cancel()
        request = limits.completion(question.uri, question.hole, question.trigger)
        self._work = self._bench.start(request)
        self._work.listener = lambda work: self._improve(work, question, limits)
        return self._work

    async def _first_offer(
        self, work: CompletionTask, question: Snapshot, limits: RequestLimits
    ) -> Offer:
        answer = await work.due(limits.deadline(question.hole, question.trigger))
        work.offered = answer
        if answer.final and answer.completions:
            self._look_ahead(question, limits, answer.completions[0])
        return Offer(answer)

    def _improve(self, work: CompletionTask, question: Snapshot, limits: RequestLimits) -> None:
        """Offer what comes after the answer was given, if it is another text and verified."""
        answer, shown = work.latest, work.offered
        if shown is None:
            return
        if answer.completions and _disagree(answer, shown) and _is_sound(answer):
            work.offered = answer
            self._offer_upgrade(question, answer)
        best = (shown.completions or answer.completions)[:1]
        if answer.final and best:
            self._look_ahead(question, limits, best[0])

    def _offer_upgrade(self, question: Snapshot, answer: Answer) -> None:
        typed = self._typed_since(question)
        if typed is None:
            return
        rest = rest_of(answer, typed)
        if not rest.completions:
            return
        self.last = answer
        self._upgraded(self._moved(question, typed), Offer(rest))

    def _typed_since(self, question: Snapshot) -> str | None:
        """Return what was typed at the hole since the question, or None after any other change."""
        document, hole = self.document, question.hole
        head = question.span.head
        if document.version == question.version:
            return "" if not head else None
        text, before, after = document.text, len(hole.prefix), len(hole.suffix)
        grown = len(text) - before - after
        if grown < 0 or not text.startswith(hole.prefix) or not text.endswith(hole.suffix):
            return None
        return text[before : before + grown]

    def _is_outdated(self, question: Snapshot, answer: Answer) -> bool:
        """Whether the document has been changed since the question, and the answer does not go on
        as what was typed."""
        if self.document.version == question.version or not answer.completions:
            return False
        typed = self._typed_since(question)
        return typed is None or not rest_of(answer, typed).completions

    def _moved(self, question: Snapshot, typed: str) -> Snapshot:
        hole = Hole(question.hole.language, question.hole.prefix + typed, question.hole.suffix)
        place = self.document.place_of(len(hole.prefix))
        return replace(question, version=self.document.version, hole=hole, span=Span(place, place))

    def _look_ahead(
        self, question: Snapshot, limits: RequestLimits, best: Completion, replaced: int = 0
    ) -> None:
        """Have the next answer computed as if this one were accepted."""
        hole = question.hole
        text = best.text.replace("\r\n", "\n")
        if "\r\n" in hole.prefix:
            text = text.replace("\n", "\r\n")
        after = Hole(hole.language, hole.prefix + text, hole.suffix[replaced:])
        request = limits.completion(question.uri, after, Trigger.AUTOMATIC, _NEVER)
        self._bench.speculate(request)


def _refused(limits: RequestLimits) -> Offer | None:
    if not limits.refusal:
        return None
    return Offer(_abstained(limits.refusal))


def _abstained(reason: str) -> Answer:
    return Answer(trace=(Step.of(Abstained(reason)),), final=True)


def _disagree(answer: Answer, shown: Answer) -> bool:
    return not shown.completions or answer.completions[0].text != shown.completions[0].text


def _is_sound(answer: Answer) -> bool:
    return answer.decided or is_verified(answer.completions[0])
