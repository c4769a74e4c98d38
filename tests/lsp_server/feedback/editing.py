"""An editor for tests: a text with a cursor, and a server's view of what becomes of suggestions."""

from __future__ import annotations

from typing import Any

from code_checks.hole import Hole
from ensemble.request import Trigger
from ensemble.trace.request_events import Abstained
from ensemble.trace.trace import Answer, Completion, Step
from lsp_server.answers.answer_cache import Offer
from lsp_server.answers.snapshot import Snapshot, Span
from lsp_server.documents.document import Place
from lsp_server.feedback.suggestion import Suggestion
from lsp_server.feedback.tracker import SuggestionTracker

CURSOR = "‸"


class Editor:
    """Does what a script of steps says, one word each with its arguments; see the methods.

    `ended` are the suggestions that have ended, in order.
    """

    def __init__(self, marked: str) -> None:
        self.cursor = marked.index(CURSOR)
        self.text = marked.replace(CURSOR, "")
        self.version = 1
        self.now = 100.0
        self.ended: list[Suggestion] = []
        self.history: list[tuple[str, int]] = []
        self.tracker = SuggestionTracker(self.text, self.ended.append)

    def play(self, *steps: tuple[Any, ...]) -> Editor:
        for name, *arguments in steps:
            self.now += 0.1
            getattr(self, name)(*arguments)
        return self

    def snapshot(self, *, invoked: bool = False, head: str = "") -> Snapshot:
        hole = Hole("python", self.text[: self.cursor] + head, self.text[self.cursor :])
        trigger = Trigger.INVOKED if invoked else Trigger.AUTOMATIC
        span = Span(Place(0, 0), Place(0, 0), head)
        return Snapshot("file:///notes.py", self.version, hole, span, trigger)

    def offer(self, name: str, *texts: str, replaced: int = 0, head: str = "") -> None:
        """The server answers with these texts, which go in at the cursor."""
        completions = tuple(Completion(text, "small", 0, 0.9, None) for text in texts)
        answer = Answer(completions, (Step.of(Abstained("nothing")),), final=True)
        self.tracker.offered(
            name, self.snapshot(head=head), Offer(answer, replaced), 0.12, self.now
        )

    def upgrade(self, name: str, *texts: str) -> None:
        completions = tuple(Completion(text, "large", 1, 0.8, None) for text in texts)
        self.tracker.upgraded(name, completions)

    def type(self, text: str) -> None:
        """Letter by letter."""
        for letter in text:
            self.insert(letter)

    def insert(self, text: str, behind: int = 0) -> None:
        """At once; `behind` is how many characters of it come to stand behind the cursor, or how
        many there are replaced if it is negative."""
        before, after = self.text[: self.cursor], self.text[self.cursor + max(0, -behind) :]
        self._become(before + text + after, self.cursor + len(text) - max(0, behind), len(text))

    def delete(self, count: int = 1) -> None:
        """The characters before the cursor, one by one."""
        for _ in range(count):
            before = self.text[: self.cursor - 1]
            self._become(before + self.text[self.cursor :], self.cursor - 1, 0)

    def cut(self, count: int) -> None:
        """The characters before the cursor, at once."""
        before = self.text[: self.cursor - count]
        self._become(before + self.text[self.cursor :], self.cursor - count, 0)

    def undo(self) -> None:
        text, cursor = self.history.pop()
        kept = list(self.history)
        self._become(text, cursor, max(0, len(text) - len(self.text)))
        self.history = kept

    def send_all(self, text: str) -> None:
        """Replace the document, as a client without incremental changes does."""
        self._become(text, len(text), None)

    def prepend(self, text: str) -> None:
        """Insert elsewhere, before everything."""
        self._become(text + self.text, self.cursor + len(text), len(text))

    def accept(self, name: str, index: int = 0) -> None:
        self.tracker.accepted(name, index, self.now)

    def part(self, name: str, units: int, index: int = 0) -> None:
        self.tracker.partially_accepted(name, index, units)

    def show(self, name: str) -> None:
        self.tracker.shown(name)

    def dismiss(self, name: str) -> None:
        self.tracker.dismissed(name, self.now)

    def save(self) -> None:
        self.tracker.saved(self.text, self.now)

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.tracker.passed(self.text, self.now)

    def close(self) -> None:
        self.tracker.closed(self.text, self.now)

    def refusal(self, *, invoked: bool = False) -> str:
        return self.tracker.refusal(self.snapshot(invoked=invoked), self.now)

    def welcome(self, *texts: str, invoked: bool = False) -> list[str]:
        """Return which of these texts may be offered at the cursor."""
        completions = tuple(Completion(text, "small", 0, 0.9, None) for text in texts)
        answer = Answer(completions, (Step.of(Abstained("nothing")),), final=True)
        snapshot = self.snapshot(invoked=invoked)
        offer = self.tracker.welcome(snapshot, Offer(answer), self.now)
        return [completion.text for completion in offer.answer.completions]

    def _become(self, text: str, cursor: int, inserted: int | None) -> None:
        self.history.append((self.text, self.cursor))
        self.text, self.cursor = text, cursor
        self.version += 1
        self.tracker.edited(text, self.version, inserted, self.now)
