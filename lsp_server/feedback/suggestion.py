"""A suggestion between its answer and its end, and where it stands in its document."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import SequenceMatcher

from code_checks.text.pairs import AUTO_CLOSED, MOST_AUTO_CLOSED
from ensemble.learning.outcomes import SuggestionEnding
from ensemble.prompts.window import with_line_feeds
from ensemble.trace.trace import Completion
from lsp_server.answers.snapshot import Snapshot

_PAIRS = ("()", "[]", "{}", "<>", '""', "''", "``")
_MARGIN = 64
_LEAST_BLOCK = 3


@dataclass(slots=True)
class Suggestion:
    """A suggestion and what has become of it so far.

    Moments are seconds on the clock of the events that the tracker is told.
    """

    snapshot: Snapshot
    """The request that the suggestion answers."""
    completions: tuple[Completion, ...]
    """The texts that were offered, those of later upgrades included."""
    began: float
    """The moment of the answer."""
    latency: float
    """How many seconds the answer took."""
    replaced: int = 0
    """How many characters after the cursor the texts replace: closing brackets that the editor had
    put there."""
    remembered: bool = False
    """Whether the answer came from the answer cache."""
    offered: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    """By the name of each answer that offered texts of this suggestion: what had been typed or
    selected of them, and the texts as they were offered."""
    told: bool = False
    """Whether the client has said that it shows the suggestion."""
    present: int = 0
    """How many characters of the text stand in the document."""
    inserted: int = 0
    """How many characters of the text came by order, and not by typing."""
    typed: int = 0
    """The value of `present` when the first characters were inserted by order."""
    untouched: int | None = None
    """The document's state (a hash) before the first characters were inserted by order; None before
    that."""
    chosen: int = 0
    """The index of the text that was accepted, or that may still be."""
    features: tuple[dict[str, float], ...] = ()
    """What a reward could know of each text; empty if that is not known."""
    ending: SuggestionEnding | None = None
    """How the suggestion ended; None while it is open."""
    ended: float = 0.0
    """The moment of its end."""
    kept: float | None = None
    """The part of an accepted text, 0 to 1, that still stood when it was looked at; None before
    that."""
    undone: bool = False
    """Whether the acceptance was undone."""

    @property
    def completion(self) -> Completion:
        """The one that was accepted, or the first that may still be."""
        return self.completions[self.chosen]

    @property
    def texts(self) -> list[str]:
        return [with_line_feeds(completion.text) for completion in self.completions]

    @property
    def text(self) -> str:
        return with_line_feeds(self.completion.text)

    @property
    def reward_features(self) -> dict[str, float]:
        return self.features[self.chosen] if self.chosen < len(self.features) else {}

    @property
    def accepted(self) -> float:
        """The part of the text that was inserted by order, 0 to 1."""
        return min(1.0, self.inserted / len(self.text)) if self.text else 0.0

    def choose(self, name: str, index: int) -> None:
        """Note which text is meant by an answer's name and an index in it."""
        _, texts = self.offered.get(name, ("", ()))
        if 0 <= index < len(texts):
            # What goes out later is the rest of a text, of which the beginning has been typed.
            whole = (n for n, text in enumerate(self.texts) if text.endswith(texts[index]))
            self.chosen = next(whole, self.chosen)

    def take_part(self, name: str, index: int, units: int) -> None:
        """Note that so much of a text, with what was there before it, was inserted, in UTF-16
        units."""
        self.choose(name, index)
        head, texts = self.offered[name]
        given = head + (texts[index] if 0 <= index < len(texts) else self.text)
        coded = given.encode("utf-16-le", "surrogatepass")[: 2 * units]
        missing = len(given) - len(coded.decode("utf-16-le", "ignore"))
        self.inserted = max(self.inserted, len(self.text) - missing - self.typed)

    def follow(self, document: str, put: int, state_before: int) -> bool:
        """Take the document after an edit; tell whether it still goes on as the suggestion does.

        The edit put in so many characters; `state_before` is the document's state before it.
        """
        whole = self._inserted_whole(document)
        found = whole or self._begun(document)
        if found is None:
            if self.untouched is None:
                self.untouched, self.typed = state_before, self.present
            return False
        self.chosen, present = found
        chunk = self.text[self.present : present]
        # Editors complete brackets and indent new lines by themselves, which is part of typing.
        if min(put, len(chunk)) > 1 and chunk.strip() and chunk not in _PAIRS:
            if self.untouched is None:
                self.untouched, self.typed = state_before, self.present
            self.inserted += len(chunk)
        self.present = present
        self.inserted = min(self.inserted, present)
        return True

    @property
    def is_complete(self) -> bool:
        return 0 < self.present == len(self.text)

    def _inserted_whole(self, document: str) -> tuple[int, int] | None:
        """Return which text stands in the document as a whole, closers replaced, and its length."""
        prefix = self.snapshot.hole.prefix
        rest = self.snapshot.hole.suffix[self.replaced :]
        end = len(document) - len(rest)
        if not (document.startswith(prefix) and document.endswith(rest) and end > len(prefix)):
            return None
        present = with_line_feeds(document[len(prefix) : end])
        if present not in self.texts:
            return None
        return self.texts.index(present), len(present)

    def _begun(self, document: str) -> tuple[int, int] | None:
        """Return which text what stands in the hole begins, and how much of it; closing brackets
        that an editor adds by itself do not count."""
        present = self.between(document)
        if present is None:
            return None
        for closers in range(MOST_AUTO_CLOSED + 1):
            end = len(present) - closers
            if end < 0 or present[end:].strip(AUTO_CLOSED):
                break
            for number, text in enumerate(self.texts):
                if text.startswith(present[:end]):
                    return number, end
        return None

    def between(self, document: str) -> str | None:
        """Return what stands in the document where the suggestion was offered, None if the rest
        of the document is another."""
        hole = self.snapshot.hole
        room = len(document) - len(hole.prefix) - len(hole.suffix)
        if room < 0 or not (document.startswith(hole.prefix) and document.endswith(hole.suffix)):
            return None
        return with_line_feeds(document[len(hole.prefix) : len(hole.prefix) + room])


def kept_part(document: str, text: str, start: int, from_end: int) -> float:
    """Return the part of an accepted text, 0 to 1, that still stands about where it was put.

    `start` is where it began, `from_end` how much of the document came after it: what was edited
    elsewhere moved at most one of the two. Only runs of three characters and more count, in order.
    """
    document, text = with_line_feeds(document), text.strip()
    if not text:
        return 1.0
    places = (start, len(document) - from_end - len(text))
    return max(_part_near(document, text, place) for place in places)


def _part_near(document: str, text: str, place: int) -> float:
    near = document[max(0, place - _MARGIN) : max(0, place) + len(text) + _MARGIN]
    if text in near:
        return 1.0
    blocks = SequenceMatcher(None, text, near, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks if block.size >= _LEAST_BLOCK) / len(text)
