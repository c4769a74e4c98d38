"""What becomes of the suggestions in one document: told from its text and from what clients say.

Nothing here waits, reads a clock or writes: events come with their time, and what has ended is
handed on. Editors tell little, so that most is seen in the text: what is inserted at once was
accepted, what comes letter by letter was typed, and a text that comes back was undone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from code_checks.hole import Hole
from ensemble.learning.outcomes import SuggestionEnding
from ensemble.prompts.window import with_line_feeds
from ensemble.request import Trigger
from ensemble.trace.request_events import Abstained, Remembered
from ensemble.trace.trace import Completion, Step
from lsp_server.answers.answer_cache import Offer
from lsp_server.answers.snapshot import Snapshot
from lsp_server.feedback.suggestion import Suggestion, kept_part
from lsp_server.feedback.unwanted import UNWANTED_FOR, UnwantedTexts

KEPT_AFTER = 30.0
"""Seconds after which an accepted text is looked at, unless the document is saved before."""
DISMISSED_FOR = UNWANTED_FOR
"""Seconds for which a place stays silent after its suggestion was dismissed or taken back."""

_SETTLED_AFTER = 1.0
"""Seconds in which a client may still say that an edit was an acceptance."""
_STATES = 64
_WATCHED = 16

Report = Callable[[Suggestion], None]


@dataclass(frozen=True, slots=True)
class _Watch:
    """An accepted text that is looked at later: how much of it still stands? See `kept_part`."""

    suggestion: Suggestion
    """The accepted suggestion."""
    text: str
    """The text that was inserted."""
    start: int
    """The index in the document at which the text begins."""
    from_end: int
    """How many characters of the document followed the text."""
    due: float
    """The moment at which the text is looked at, unless the document is saved before."""


class SuggestionTracker:
    """The suggestions of one document; `report` is given each one when it has ended."""

    def __init__(self, text: str, report: Report, language: str = "plaintext") -> None:
        self._report = report
        self._open: Suggestion | None = None
        self._settling: Suggestion | None = None
        self._watches: list[_Watch] = []
        self._states = deque([hash(text)], maxlen=_STATES)
        self._dismissed: deque[tuple[int, int, float]] = deque(maxlen=_STATES)
        self._undone_version: int | None = None
        self._deleted_version: int | None = None
        self._unwanted = UnwantedTexts()
        self._language = language
        self._text = text

    @property
    def waiting(self) -> bool:
        """Whether `passed` has something to look at, now or later."""
        return bool(self._watches) or self._settling is not None

    def refusal(self, snapshot: Snapshot, now: float) -> str:
        """Return why nothing is to be suggested by itself at this moment, "" if it is welcome.

        After an undo or a redo somebody looks at what was, who deletes wants less and not more, and
        where a suggestion has just been sent away the same one would come again. Whoever asks is
        answered.
        """
        if snapshot.trigger is Trigger.INVOKED:
            return ""
        if snapshot.version == self._undone_version:
            return "the last change was an undo"
        here = hash(snapshot.hole.prefix), hash(snapshot.hole.suffix)
        if any(here == (before, after) and now < until for before, after, until in self._dismissed):
            return "a suggestion was dismissed here"
        return "something is being deleted" if snapshot.version == self._deleted_version else ""

    def welcome(self, snapshot: Snapshot, offer: Offer, now: float) -> Offer:
        """Return an offer without texts that were deleted, undone or dismissed here a moment ago.
        Whoever asks gets them, and their rest while it is typed."""
        answer = offer.answer
        if snapshot.trigger is Trigger.INVOKED:
            for each in answer.completions:
                self._unwanted.wanted(snapshot.hole, each.text)
            return offer
        kept = [
            number
            for number, each in enumerate(answer.completions)
            if not self._unwanted.holds(snapshot.hole, each.text, now)
        ]
        if len(kept) == len(answer.completions):
            return offer
        completions = tuple(answer.completions[number] for number in kept)
        features = tuple(answer.features[n] for n in kept) if answer.features else ()
        answer = msgspec.structs.replace(answer, completions=completions, features=features)
        if not kept:
            reason = Step.of(Abstained("it was deleted, undone or dismissed here a moment ago"))
            answer = msgspec.structs.replace(answer, trace=(*answer.trace, reason))
        return replace(offer, answer=answer)

    # What the server says.

    def offered(
        self, name: str, snapshot: Snapshot, offer: Offer, latency: float, now: float
    ) -> None:
        """Take an answer that goes out under a name. The rest of what is shown is no new one."""
        completions = offer.answer.completions
        texts = tuple(with_line_feeds(completion.text) for completion in completions)
        if self._open is not None and _goes_on(self._open, snapshot, texts):
            self._open.offered[name] = (snapshot.span.head, texts)
            return
        self._end_open(SuggestionEnding.IGNORED, now)
        self._settle()
        if completions:
            remembered = any(isinstance(s.event, Remembered) for s in offer.answer.trace)
            self._open = Suggestion(
                snapshot,
                completions,
                began=now,
                latency=latency,
                replaced=offer.replaced,
                remembered=remembered,
                offered={name: (snapshot.span.head, texts)},
                # What is left of a remembered answer has other features than the whole had.
                features=() if remembered else offer.answer.features,
            )

    def upgraded(self, name: str, completions: tuple[Completion, ...]) -> None:
        """Take texts that are offered beside what is shown; they begin where the cursor is."""
        suggestion = self._open
        if suggestion is None:
            return
        typed = suggestion.text[: suggestion.present]
        suggestion.offered[name] = ("", tuple(with_line_feeds(c.text) for c in completions))
        known = set(suggestion.texts)
        whole = (msgspec.structs.replace(c, text=typed + c.text) for c in completions)
        suggestion.completions += tuple(c for c in whole if with_line_feeds(c.text) not in known)

    # What the client says.

    def shown(self, name: str) -> None:
        """Something of this name is on the screen."""
        if (suggestion := self._named(name)) is not None:
            suggestion.told = True

    def accepted(self, name: str, index: int, now: float) -> None:
        """The text of this name and index has been inserted, or will be."""
        suggestion = self._named(name)
        if suggestion is None or suggestion.ending is not None:
            return
        suggestion.choose(name, index)
        if suggestion.untouched is None:
            suggestion.untouched, suggestion.typed = self._states[-1], suggestion.present
        suggestion.inserted = max(suggestion.inserted, len(suggestion.text) - suggestion.typed)
        self._open = None if suggestion is self._open else self._open
        self._settling = None if suggestion is self._settling else self._settling
        self._finish(suggestion, SuggestionEnding.ACCEPTED, now)

    def partially_accepted(self, name: str, index: int, units: int) -> None:
        """So much of a text, counted from its beginning in UTF-16 units, has been inserted."""
        suggestion = self._named(name)
        if suggestion is not None and suggestion.ending is None:
            suggestion.take_part(name, index, units)

    def dismissed(self, name: str, now: float) -> None:
        """A suggestion was sent away."""
        suggestion = self._named(name)
        if suggestion is not None and suggestion is self._open:
            self._remember_dismissal(suggestion, suggestion.present, now)
            self._end_open(SuggestionEnding.DISMISSED, now)

    # What happens to the document.

    def edited(self, text: str, version: int, inserted: int | None, now: float) -> None:
        """Take the text after a change that inserted so many characters; None if all was sent."""
        grown = len(text) - len(self._text)
        put = max(0, grown) if inserted is None else inserted
        moved = max(put, put - grown)
        before, state = self._states[-1], hash(text)
        deleted = self._unwanted.deleted(self._language, self._text, text, now)
        self._deleted_version = version if deleted else None
        self._text = text
        # A single letter that goes or comes back is typing, not an undo.
        undone = moved > 1 and state in self._states
        self._settle()
        # Who types the same once more has taken nothing back: only what shrinks has.
        undone |= grown < 0 and self._take_back(state, now)
        self._undone_version = version if undone else None
        self._states.append(state)
        suggestion = self._open
        if suggestion is None:
            return
        if not suggestion.follow(text, put, before):
            self._open, self._settling, suggestion.ended = None, suggestion, now
        elif suggestion.is_complete:
            self._open = None
            by_order = suggestion.inserted
            ending = SuggestionEnding.ACCEPTED if by_order else SuggestionEnding.TYPED
            self._finish(suggestion, ending, now)

    def saved(self, text: str, now: float) -> None:
        """Look at everything that was accepted: it is what somebody wanted to keep."""
        self._look(text, self._watches)

    def passed(self, text: str, now: float) -> None:
        """Look at what was accepted long enough ago."""
        if self._settling is not None and now - self._settling.ended >= _SETTLED_AFTER:
            self._settle()
        self._look(text, [watch for watch in self._watches if watch.due <= now])

    def closed(self, text: str, now: float) -> None:
        """End everything."""
        self._end_open(SuggestionEnding.IGNORED, now)
        self._settle()
        self._look(text, self._watches)

    def _named(self, name: str) -> Suggestion | None:
        known = (self._open, self._settling, *(watch.suggestion for watch in self._watches))
        return next((each for each in known if each is not None and name in each.offered), None)

    def _end_open(self, ending: SuggestionEnding, now: float) -> None:
        suggestion, self._open = self._open, None
        if suggestion is not None:
            ending = SuggestionEnding.PARTIAL if suggestion.inserted else ending
            self._finish(suggestion, ending, now)

    def _settle(self) -> None:
        suggestion, self._settling = self._settling, None
        if suggestion is not None:
            self._finish(
                suggestion,
                SuggestionEnding.PARTIAL if suggestion.inserted else SuggestionEnding.PASSED,
                suggestion.ended,
            )

    def _finish(self, suggestion: Suggestion, ending: SuggestionEnding, now: float) -> None:
        """End a suggestion; what was inserted is watched first."""
        suggestion.ending, suggestion.ended = ending, now
        if ending not in (SuggestionEnding.ACCEPTED, SuggestionEnding.PARTIAL):
            self._report(suggestion)
            return
        hole = suggestion.snapshot.hole
        text = (
            suggestion.text
            if ending is SuggestionEnding.ACCEPTED
            else suggestion.text[: suggestion.typed + suggestion.inserted]
        )
        start, from_end = len(hole.prefix), len(hole.suffix) - suggestion.replaced
        self._watches.append(_Watch(suggestion, text, start, from_end, now + KEPT_AFTER))
        if len(self._watches) > _WATCHED:
            self._report(self._watches.pop(0).suggestion)

    def _take_back(self, state: int, now: float) -> bool:
        """Tell whether the document is as it was before an acceptance, which is then undone."""
        undone = [watch for watch in self._watches if watch.suggestion.untouched == state]
        for watch in undone:
            self._watches.remove(watch)
            watch.suggestion.undone, watch.suggestion.kept = True, 0.0
            self._remember_dismissal(watch.suggestion, watch.suggestion.typed, now)
            self._report(watch.suggestion)
        return bool(undone)

    def _remember_dismissal(self, suggestion: Suggestion, present: int, now: float) -> None:
        hole = suggestion.snapshot.hole
        prefix = hole.prefix + suggestion.text[:present]
        self._dismissed.append((hash(prefix), hash(hole.suffix), now + DISMISSED_FOR))
        suffix = hole.suffix[suggestion.replaced :]
        self._unwanted.add(Hole(hole.language, hole.prefix, suffix), suggestion.text, now)

    def _look(self, text: str, watches: list[_Watch]) -> None:
        for watch in list(watches):
            self._watches.remove(watch)
            watch.suggestion.kept = kept_part(text, watch.text, watch.start, watch.from_end)
            self._report(watch.suggestion)


def _goes_on(suggestion: Suggestion, snapshot: Snapshot, texts: tuple[str, ...]) -> bool:
    """Whether an answer offers the rest of what is shown, or the very same once more."""
    typed = suggestion.between(snapshot.hole.prefix + snapshot.hole.suffix)
    if typed is None:
        return False
    return any(text.startswith(typed) and text[len(typed) :] in texts for text in suggestion.texts)
