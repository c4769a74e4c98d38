"""What somebody orders to be done to a document, and what is proposed in return."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from code_checks.hole import Extent, Hole
from ensemble.candidate import Usage
from ensemble.file_rules import FileRules
from ensemble.request import Chunk, CompletionRequest, Trigger
from ensemble.trace.action_events import Declined, Proposed
from ensemble.trace.candidate_events import Generated
from ensemble.trace.trace import Answer, Journal


class ActionRequest(msgspec.Struct, frozen=True):
    """Work on a document at an offset. An immutable snapshot: nothing here changes later."""

    language: str
    """An LSP identifier."""
    source: str
    """The document's whole text."""
    offset: int
    """Where in the text the cursor is, in characters."""
    deadline: float
    """Seconds from the order to the proposal."""
    path: str = ""
    """The document's path, relative to the workspace."""
    document: str = ""
    """The document's URI."""
    repository: str = ""
    """The repository's name, for models that were trained with one."""
    workspace: Path | None = None
    """The folder that the document belongs to; None if it is no file."""
    chunks: tuple[Chunk, ...] = ()
    """Pieces of other files, oldest first, that may become context."""
    may_run: bool = True
    """Whether code may be run, in the sandbox."""
    rules: FileRules | None = None
    """Which of the workspace's files may be read for that; None: no file."""
    packages: tuple[Path, ...] = ()
    """Folders with installed packages that tests may import."""

    @property
    def row(self) -> int:
        """The 0-based line of the offset."""
        return self.source.count("\n", 0, self.offset)

    def hole(self, start: int, end: int) -> Hole:
        """Return the hole that is left when the characters from `start` to `end` are removed."""
        return Hole(self.language, self.source[:start], self.source[end:])

    def request(
        self, hole: Hole, extent: Extent, *, max_lines: int = 8, extra: Sequence[Chunk] = ()
    ) -> CompletionRequest:
        """Return what the models are asked for a hole; `extra` is shown to them before the rest of
        the prompt, as the most telling context."""
        return CompletionRequest(
            hole=hole,
            path=self.path,
            document=self.document,
            repository=self.repository,
            trigger=Trigger.INVOKED,
            extent=extent,
            chunks=(*self.chunks, *extra),
            deadline=self.deadline,
            max_lines=max_lines,
            rules=self.rules,
            packages=self.packages,
            may_run=self.may_run,
        )


class Change(msgspec.Struct, frozen=True):
    """A replacement of some characters of the document."""

    start: int
    """The index of the first character that goes."""
    end: int
    """The index behind the last character that goes."""
    text: str
    """The text that takes their place."""


class FileText(msgspec.Struct, frozen=True):
    """Text for the end of another file, by its path in the workspace; the file may be new."""

    path: str
    text: str


class Proposal(msgspec.Struct, frozen=True):
    """Changes that somebody may accept, or none, with the reason."""

    title: str
    """What the changes are."""
    detail: str
    """What speaks for the changes (`3 of 3 examples pass`, `unverified: no tests found`), or why
    there are none."""
    changes: tuple[Change, ...] = ()
    """The changes of the document, which do not overlap."""
    files: tuple[FileText, ...] = ()
    """Whole files beside the document, such as a file of tests."""
    answer: Answer = Answer(final=True)
    """The trace of the work, with the completions that it chose from."""

    def __bool__(self) -> bool:
        return bool(self.changes or self.files)


def proposed(
    journal: Journal,
    title: str,
    detail: str,
    changes: Sequence[Change] = (),
    *,
    files: Sequence[FileText] = (),
    answer: Answer | None = None,
) -> Proposal:
    """Conclude an order with changes; the journal ends with what they are."""
    journal.note(Proposed(title, detail))
    return Proposal(title, detail, tuple(changes), tuple(files), concluded(journal, answer))


def declined(journal: Journal, title: str, reason: str, answer: Answer | None = None) -> Proposal:
    """Conclude an order without changes."""
    journal.note(Declined(title, reason))
    return Proposal(title, reason, answer=concluded(journal, answer))


def concluded(journal: Journal, answer: Answer | None) -> Answer:
    """Return an answer, or an empty one, with everything that the journal holds."""
    known = answer or Answer()
    return msgspec.structs.replace(
        known,
        trace=journal.steps,
        usage=_usage(journal),
        elapsed_ms=journal.elapsed_ms,
        final=True,
    )


def _usage(journal: Journal) -> Usage:
    """Return what all models together cost, from what each has reported."""
    reports = [step.event for step in journal.steps if isinstance(step.event, Generated)]
    return Usage(
        prompt=sum(report.prompt_tokens for report in reports),
        reused=sum(report.reused_tokens for report in reports),
        generated=sum(report.generated_tokens for report in reports),
    )
