"""Texts to measure models on, or to show a router what a domain looks like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ensemble.errors import EvaluationError, MergeError
from ensemble.evaluation.tasks import read_tasks

_TASKS = (".jsonl", ".jsonl.gz")
_LARGEST_FILE = 4 << 20
"""Bytes beyond which a file in a folder is data rather than text."""


def read_texts(paths: Sequence[Path]) -> str:
    """Return what stands in these files, and in all files of these folders, as one text.

    JSON lines are tasks (`coterie evaluate`): what counts is the document with its solution in
    place. In folders, what is hidden, binary or larger than 4 MB is left out. Raises MergeError.
    """
    text = "\n".join(part for path in paths for part in _texts(path))
    if not text.strip():
        named = ", ".join(map(str, paths))
        raise MergeError(f"{named}: holds no text")
    return text


def _texts(path: Path) -> Iterator[str]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if _is_text_of(path, file):
                yield from _texts(file)
    elif path.name.endswith(_TASKS):
        try:
            tasks = read_tasks(path)
        except EvaluationError as error:
            raise MergeError(str(error)) from error
        yield from (task.hole.fill(task.canonical_solution) for task in tasks)
    else:
        try:
            yield path.read_text("utf-8", errors="replace")
        except OSError as error:
            raise MergeError(f"{path}: cannot be read: {error.strerror or error}") from error


def _is_text_of(folder: Path, file: Path) -> bool:
    if any(part.startswith(".") for part in file.relative_to(folder).parts):
        return False
    if not file.is_file() or file.stat().st_size > _LARGEST_FILE:
        return False
    with file.open("rb") as stream:
        return b"\0" not in stream.read(4096)
