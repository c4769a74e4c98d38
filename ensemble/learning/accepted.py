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
"""Lessons that are kept."""
_BEFORE, _AFTER = 12_000, 6_000
"""Characters around a hole: more than a small model's context holds."""
_VALID = 20
WELL_KEPT = 0.9
"""The part of an accepted text that must still stand for it to be a lesson."""


class AcceptedSuggestion(msgspec.Struct, frozen=True):
    """A hole, the text that the ensemble chose and its user kept, and the model that wrote it.

    `path` is relative to the workspace, as prompts have it, and `repository` its name.
    """

    day: str
    language: str
    prefix: str
    text: str
    suffix: str
    model: str
    path: str = ""
    repository: str = ""


class TrainingDocument(msgspec.Struct, frozen=True):
    """A line of an exported file: a row of `training`'s corpus, with the span of the hole.

    `start` and `end` bound in `text` what was accepted; a reader that knows nothing of holes sees
    an ordinary file. `valid` rows are not trained on.
    """

    package: str
    path: str
    tag: str
    valid: bool
    text: str
    start: int
    end: int
    language: str
    model: str


def accepted_store() -> RowStore[AcceptedSuggestion]:
    """Return the file of this user's lessons."""
    return RowStore(data_folder() / "lessons.sqlite3", AcceptedSuggestion, LIMIT)


def accepted_of(
    day: str, hole: Hole, text: str, model: str, path: str = "", repository: str = ""
) -> AcceptedSuggestion:
    """Return a lesson with as much of the document around the hole as it may be of use."""
    before, after = hole.prefix[-_BEFORE:], hole.suffix[:_AFTER]
    if len(before) < len(hole.prefix):
        # It begins with a whole line, as every file does.
        before = before[before.find("\n") + 1 :]
    return AcceptedSuggestion(day, hole.language, before, text, after, model, path, repository)


def documents(lessons: Iterable[AcceptedSuggestion]) -> Iterator[TrainingDocument]:
    """Yield each lesson as a document to train on, one in twenty to validate with.

    Of one hole in one file the last one counts: what was accepted there before has been replaced.
    """
    last = {(lesson.path, lesson.prefix, lesson.suffix): lesson for lesson in lessons}
    for lesson in last.values():
        start = len(lesson.prefix)
        yield TrainingDocument(
            package=lesson.repository or "unknown",
            path=lesson.path,
            tag="accepted",
            valid=zlib.crc32(lesson.path.encode("utf-8", "replace")) % _VALID == 0,
            text=lesson.prefix + lesson.text + lesson.suffix,
            start=start,
            end=start + len(lesson.text),
            language=lesson.language,
            model=lesson.model,
        )
