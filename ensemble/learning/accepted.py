"""Accepted suggestions with what stood around them: training data, if a user wants to keep some.

Unlike everything else that is recorded, this is text. It is written only while `distill.record` is
on, which only the user's own settings can do, into a file of its own that nothing else reads, and
never for a file that is secret or ignored.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import msgspec

from code_checks.hole import Hole
from ensemble.learning.row_store import RowStore
from ensemble.user_data import data_folder

LIMIT = 20_000
"""Accepted suggestions that are kept."""
_BEFORE, _AFTER = 12_000, 6_000
"""Characters around a hole: more than a small model's context holds."""
_VALID = 20
"""One of so many files validates."""
WELL_KEPT = 0.9
"""The part of an accepted text that must still stand for it to be trained on."""


class AcceptedSuggestion(msgspec.Struct, frozen=True):
    """A hole, and the text that was suggested there and kept."""

    day: str
    """When it was accepted, as in 2025-01-31."""
    language: str
    """The document's LSP language identifier."""
    prefix: str
    """What stood before the hole, from the beginning of a line on."""
    text: str
    """What was accepted."""
    suffix: str
    """What stood behind the hole."""
    model: str
    """The model that wrote the text."""
    path: str = ""
    """The document's path, relative to the workspace, as prompts have it."""
    repository: str = ""
    """The workspace's name."""


class TrainingDocument(msgspec.Struct, frozen=True):
    """A line of an exported file: a row of `training`'s corpus, with the span of the hole. A reader
    that knows nothing of holes sees an ordinary file."""

    package: str
    """The repository's name."""
    path: str
    """The file's path in it."""
    tag: str
    """Where the row comes from: always "accepted"."""
    valid: bool
    """Whether the row validates instead of being trained on."""
    text: str
    """The document with the accepted text in place."""
    start: int
    """Where the accepted text begins in `text`, in characters."""
    end: int
    """Where it ends."""
    language: str
    """The document's LSP language identifier."""
    model: str
    """The model that wrote the accepted text."""


def accepted_store() -> RowStore[AcceptedSuggestion]:
    """Return the file of this user's accepted suggestions."""
    return RowStore(data_folder() / "lessons.sqlite3", AcceptedSuggestion, LIMIT)


def accepted_of(
    day: str, hole: Hole, text: str, model: str, path: str = "", repository: str = ""
) -> AcceptedSuggestion:
    """Return an accepted suggestion with as much of the document around it as may be of use."""
    before, after = hole.prefix[-_BEFORE:], hole.suffix[:_AFTER]
    if len(before) < len(hole.prefix):
        # It begins with a whole line, as every file does.
        before = before[before.find("\n") + 1 :]
    return AcceptedSuggestion(day, hole.language, before, text, after, model, path, repository)


def documents(accepted: Iterable[AcceptedSuggestion]) -> Iterator[TrainingDocument]:
    """Yield each accepted suggestion as a document to train on; the documents of one file in twenty
    are to validate with.

    Of one hole in one file the last one counts: what was accepted there before has been replaced.
    """
    last = {(one.path, one.prefix, one.suffix): one for one in accepted}
    for one in last.values():
        start = len(one.prefix)
        yield TrainingDocument(
            package=one.repository or "unknown",
            path=one.path,
            tag="accepted",
            valid=zlib.crc32(one.path.encode("utf-8", "replace")) % _VALID == 0,
            text=one.prefix + one.text + one.suffix,
            start=start,
            end=start + len(one.text),
            language=one.language,
            model=one.model,
        )
