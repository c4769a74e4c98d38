"""What was answered before: typing the beginning of a known answer needs no model."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import msgspec

from code_checks.hole import Hole
from code_checks.text.pairs import AUTO_CLOSED, MOST_AUTO_CLOSED
from ensemble.request import Trigger
from ensemble.trace.trace import Answer, Completion

ENTRIES = 250
LOOK_BACK = 128
"""How many characters may have been typed since an answer for it to be found."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An answer that fits a hole as it stands now.

    `replaced` is the number of characters behind the cursor, closing brackets that the editor has
    put there by itself, which the texts bring along and which therefore go.
    """

    answer: Answer
    replaced: int = 0


@dataclass(frozen=True, slots=True)
class _Entry:
    """An answer and the state that it answers, as lengths and hashes: texts would be too big."""

    document: str
    """The URI of the document."""
    prefix_length: int
    """How many characters stood before the hole."""
    suffix_length: int
    """How many characters stood behind it."""
    prefix_hash: int
    """The hash of what stood before the hole."""
    suffix_hash: int
    """The hash of what stood behind it."""
    trigger: Trigger
    answer: Answer

    @property
    def state(self) -> tuple[str, int, int, int, int]:
        return (
            self.document,
            self.prefix_length,
            self.suffix_length,
            self.prefix_hash,
            self.suffix_hash,
        )


class AnswerCache:
    """The last answers of all documents, the oldest forgotten first."""

    def __init__(self, entries: int = ENTRIES) -> None:
        self._entries: deque[_Entry] = deque(maxlen=entries)

    def remember(self, document: str, hole: Hole, trigger: Trigger, answer: Answer) -> None:
        """Keep an answer, instead of an earlier one to the same state. Empty ones are not kept."""
        if not answer.completions:
            return
        entry = _Entry(
            document,
            len(hole.prefix),
            len(hole.suffix),
            hash(hole.prefix),
            hash(hole.suffix),
            trigger,
            answer,
        )
        known = next((old for old in self._entries if old.state == entry.state), None)
        if known is not None:
            self._entries.remove(known)
        self._entries.append(entry)

    def recall(self, document: str, hole: Hole, trigger: Trigger) -> Offer | None:
        """Return the newest answer whose beginning has been typed, reduced to its rest."""
        for entry in reversed(self._entries):
            if entry.document != document or not _suffices(entry, trigger):
                continue
            offer = _continued(entry, hole)
            if offer is not None:
                return offer
        return None

    def knows(self, document: str, hole: Hole) -> bool:
        """Whether there is something to say about this state without a model."""
        return self.recall(document, hole, Trigger.AUTOMATIC) is not None

    def forget(self, document: str) -> None:
        """Forget every answer to a document."""
        kept = [entry for entry in self._entries if entry.document != document]
        self._entries.clear()
        self._entries.extend(kept)

    def clear(self) -> None:
        """Forget everything, because other settings hold."""
        self._entries.clear()


def _suffices(entry: _Entry, trigger: Trigger) -> bool:
    # Somebody who asks expressly wants more than what was found in a quarter of a second, unless
    # the models had agreed by then.
    return trigger is Trigger.AUTOMATIC or entry.trigger is Trigger.INVOKED or entry.answer.decided


def _continued(entry: _Entry, hole: Hole) -> Offer | None:
    typed_length = len(hole.prefix) - entry.prefix_length
    added = len(hole.suffix) - entry.suffix_length
    if not (0 <= typed_length <= LOOK_BACK and 0 <= added <= MOST_AUTO_CLOSED):
        return None
    typed, closers = hole.prefix[entry.prefix_length :], hole.suffix[:added]
    answer = rest_of(entry.answer, typed, closers)
    # The texts are compared last: they are long, and what was typed excludes nearly every entry.
    if (
        not answer.completions
        or not set(closers) <= set(AUTO_CLOSED)
        or hash(hole.prefix[: entry.prefix_length]) != entry.prefix_hash
        or hash(hole.suffix[added:]) != entry.suffix_hash
    ):
        return None
    return Offer(answer, added)


def rest_of(answer: Answer, typed: str, closers: str = "") -> Answer:
    """Keep of an answer what continues `typed` and contains the `closers` in order."""
    typed = typed.replace("\r\n", "\n")
    rests: dict[str, Completion] = {}
    for completion in answer.completions:
        rest = completion.text.replace("\r\n", "\n").removeprefix(typed)
        begins = completion.text.replace("\r\n", "\n").startswith(typed)
        if begins and rest and _contains_in_order(rest, closers):
            rests.setdefault(rest, msgspec.structs.replace(completion, text=rest))
    return msgspec.structs.replace(answer, completions=tuple(rests.values()))


def _contains_in_order(text: str, characters: str) -> bool:
    position = 0
    for character in characters:
        position = text.find(character, position) + 1
        if position == 0:
            return False
    return True
