"""What becomes of the suggestions in one document: told from its text and from what clients say.

Nothing here waits, reads a clock or writes: events come with their time, and what has ended is
handed on. Editors tell little, so that most is seen in the text: what is inserted at once was
accepted, what comes letter by letter was typed, and a text that comes back was undone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from ensemble.learning.outcomes import SuggestionEnding
from ensemble.prompts.window import with_line_feeds
from ensemble.request import Trigger
from ensemble.trace import Completion
from lsp_server.answers.answer_cache import Offer
from lsp_server.answers.snapshot import Snapshot
from lsp_server.feedback.suggestion import Suggestion, kept_part

KEPT_AFTER = 30.0
"""Seconds after which an accepted text is looked at, unless the document is saved before."""
DISMISSED_FOR = 30.0
"""Seconds for which a place stays silent after its suggestion was dismissed or taken back."""

_SETTLED_AFTER = 1.0
"""Seconds in which a client may still say that an edit was an acceptance."""
_STATES = 64
_WATCHED = 16

Report = Callable[[Suggestion], None]


@dataclass(frozen=True, slots=True)
class _Watch:
    """An accepted text that is looked at later: how much of it still stands? See `kept_part`."""

    fate: Suggestion
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
    """The suggestions of one document; `report` is given each one when its fate is known."""

    def __init__(self, text: str, report: Report) -> None:
        self._report = report
        self._open: Suggestion | None = None
        self._settling: Suggestion | None = None
        self._watches: list[_Watch] = []
        self._states = deque([hash(text)], maxlen=_STATES)
        self._dismissed: deque[tuple[int, int, float]] = deque(maxlen=_STATES)
        self._undone_version: int | None = None
        self._length = len(text)

    @property
    def waiting(self) -> bool:
        """Whether `passed` has something to look at, now or later."""
        return bool(self._watches) or self._settling is not None

    def silence(self, question: Snapshot, now: float) -> str:
        """Return why nothing is to be suggested by itself at this moment, "" if it is welcome.

        After an undo or a redo somebody looks at what was, and where a suggestion has just been
        sent away the same one would come again. Whoever asks is answered.
        """
        if question.trigger is Trigger.INVOKED:
            return ""
        if question.version == self._undone_version:
            return "the last change was an undo"
        here = hash(question.hole.prefix), hash(question.hole.suffix)
        if any(here == (before, after) and now < until for before, after, until in self._dismissed):
            return "a suggestion was dismissed here"
        return ""

    # What the server says.

    def offered(
        self, name: str, question: Snapshot, offer: Offer, latency: float, now: float
    ) -> None:
        """Take an answer that goes out under a name. The rest of what is shown is no new one."""
        completions = offer.answer.completions
        texts = tuple(with_line_feeds(completion.text) for completion in completions)
        if self._open is not None and _goes_on(self._open, question, texts):
            self._open.offered[name] = (question.span.head, texts)
            return
        self._end_open(SuggestionEnding.IGNORED, now)
        self._settle()
        if completions:
            remembered = any(step.event == "remembered" for step in offer.answer.trace)
            self._open = Suggestion(
                question,
                completions,
                began=now,
                latency=latency,
                replaced=offer.replaced,
                remembered=remembered,
                offered={name: (question.span.head, texts)},
                # What is left of a remembered answer has other features than the whole had.
                features=() if remembered else offer.answer.features,
            )

    def upgraded(self, name: str, completions: tuple[Completion, ...]) -> None:
        """Take texts that are offered beside what is shown; they begin where the cursor is."""
        fate = self._open
        if fate is None:
            return
        typed = fate.text[: fate.present]
        fate.offered[name] = ("", tuple(with_line_feeds(c.text) for c in completions))
        known = set(fate.texts)
        whole = (msgspec.structs.replace(c, text=typed + c.text) for c in completions)
        fate.completions += tuple(c for c in whole if with_line_feeds(c.text) not in known)

    # What the client says.

    def shown(self, name: str) -> None:
        """Something of this name is on the screen."""
        if (fate := self._named(name)) is not None:
            fate.told = True

    def accepted(self, name: str, index: int, now: float) -> None:
        """The text of this name and index has been inserted, or will be."""
        fate = self._named(name)
        if fate is None or fate.ending is not None:
            return
        fate.choose(name, index)
        if fate.untouched is None:
            fate.untouched, fate.typed = self._states[-1], fate.present
        fate.inserted = max(fate.inserted, len(fate.text) - fate.typed)
        self._open = None if fate is self._open else self._open
        self._settling = None if fate is self._settling else self._settling
        self._finish(fate, SuggestionEnding.ACCEPTED, now)

    def partially_accepted(self, name: str, index: int, units: int) -> None:
        """So much of a text, counted from its beginning in UTF-16 units, has been inserted."""
        fate = self._named(name)
        if fate is not None and fate.ending is None:
            fate.take_part(name, index, units)

    def dismissed(self, name: str, now: float) -> None:
        """A suggestion was sent away."""
        fate = self._named(name)
        if fate is not None and fate is self._open:
            self._remember_dismissal(fate, fate.present, now)
            self._end_open(SuggestionEnding.DISMISSED, now)

    # What happens to the document.

    def edited(self, text: str, version: int, inserted: int | None, now: float) -> None:
        """Take the text after a change that inserted so many characters; None if all was sent."""
        grown = len(text) - self._length
        put = max(0, grown) if inserted is None else inserted
        moved = max(put, put - grown)
        before, state, self._length = self._states[-1], hash(text), len(text)
        # A single letter that goes or comes back is typing, not an undo.
        undone = moved > 1 and state in self._states
        self._settle()
        # Who types the same once more has taken nothing back: only what shrinks has.
        undone |= grown < 0 and self._take_back(state, now)
        self._undone_version = version if undone else None
        self._states.append(state)
        fate = self._open
        if fate is None:
            return
        if not fate.follow(text, put, before):
            self._open, self._settling, fate.ended = None, fate, now
        elif fate.is_complete:
            self._open = None
            self._finish(
                fate, SuggestionEnding.ACCEPTED if fate.inserted else SuggestionEnding.TYPED, now
            )

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
        known = (self._open, self._settling, *(watch.fate for watch in self._watches))
        return next((fate for fate in known if fate is not None and name in fate.offered), None)

    def _end_open(self, ending: SuggestionEnding, now: float) -> None:
        fate, self._open = self._open, None
        if fate is not None:
            self._finish(fate, SuggestionEnding.PARTIAL if fate.inserted else ending, now)

    def _settle(self) -> None:
        fate, self._settling = self._settling, None
        if fate is not None:
            self._finish(
                fate,
                SuggestionEnding.PARTIAL if fate.inserted else SuggestionEnding.PASSED,
                fate.ended,
            )

    def _finish(self, fate: Suggestion, ending: SuggestionEnding, now: float) -> None:
        """End a fate; what was inserted is watched first."""
        fate.ending, fate.ended = ending, now
        if ending not in (SuggestionEnding.ACCEPTED, SuggestionEnding.PARTIAL):
            self._report(fate)
            return
        hole = fate.question.hole
        text = (
            fate.text
            if ending is SuggestionEnding.ACCEPTED
            else fate.text[: fate.typed + fate.inserted]
        )
        start, from_end = len(hole.prefix), len(hole.suffix) - fate.replaced
        self._watches.append(_Watch(fate, text, start, from_end, now + KEPT_AFTER))
        if len(self._watches) > _WATCHED:
            self._report(self._watches.pop(0).fate)

    def _take_back(self, state: int, now: float) -> bool:
        """Tell whether the document is as it was before an acceptance, which is then undone."""
        undone = [watch for watch in self._watches if watch.fate.untouched == state]
        for watch in undone:
            self._watches.remove(watch)
            watch.fate.undone, watch.fate.kept = True, 0.0
            self._remember_dismissal(watch.fate, watch.fate.typed, now)
            self._report(watch.fate)
        return bool(undone)

    def _remember_dismissal(self, fate: Suggestion, present: int, now: float) -> None:
        hole = fate.question.hole
        prefix = hole.prefix + fate.text[:present]
        self._dismissed.append((hash(prefix), hash(hole.suffix), now + DISMISSED_FOR))

    def _look(self, text: str, watches: list[_Watch]) -> None:
        for watch in list(watches):
            self._watches.remove(watch)
            watch.fate.kept = kept_part(text, watch.text, watch.start, watch.from_end)
            self._report(watch.fate)


def _goes_on(fate: Suggestion, question: Snapshot, texts: tuple[str, ...]) -> bool:
    """Whether an answer offers the rest of what is shown, or the very same once more."""
    typed = fate.between(question.hole.prefix + question.hole.suffix)
    if typed is None:
        return False
    return any(text.startswith(typed) and text[len(typed) :] in texts for text in fate.texts)
