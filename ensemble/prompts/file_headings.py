"""Other files' text in a prompt, marked the way in which the model's family marks files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from code_checks.languages import language_named
from ensemble.engines.prompt import Piece, priority_at
from ensemble.models.families import Headings, headings_of
from ensemble.models.info import ModelInfo
from ensemble.prompts.window import Measures, with_line_feeds
from ensemble.request import Chunk

_NEAREST_PIECES = 8
"""A quarter of a full prompt: so much of the prefix outlives any context."""
_CONTEXT_COST = 2
_HEADER = priority_at(0, kind=1)
_UNNAMED = "untitled"


class FileMarks(NamedTuple):
    """How a model's family marks files in a prompt, and the names that the marks of one request
    need."""

    headings: Headings
    """The form of the marks."""
    repo_token: str
    """The control token that announces a repository's name, "" if the model has none."""
    separator: str
    """The control token that separates files, "" if the model has none."""
    repository: str
    """The repository's name on one line, "" if it is not known."""
    path: str
    """The path of the file with the hole, as a model may see it: relative, with slashes."""
    comment: str
    """What begins a comment in the language with the hole, "" if it has no line comments."""

    @classmethod
    def of_model(cls, info: ModelInfo, path: str, repository: str, language: str) -> FileMarks:
        """Return the marks for a file with a hole. Absolute paths are cut to the file's name."""
        facts = language_named(language)
        return cls(
            headings_of(info.fim) if info.fim.usable else Headings.COMMENTED_OUT,
            info.fim.repo,
            info.fim.file_sep,
            _one_line(repository),
            shown_path(path),
            facts.line_comment if facts else "",
        )


class ContextPieces(NamedTuple):
    """Context in front of the fill-in-the-middle block, and at the prefix's beginning."""

    outside: tuple[Piece, ...] = ()
    inside: tuple[Piece, ...] = ()


def shown_path(path: str) -> str:
    """Return a path as a model may see it: relative, with slashes, on one line."""
    slashed = _one_line(path).replace("\\", "/")
    is_absolute = slashed.startswith(("/", "~")) or re.match("[A-Za-z]:", slashed)
    return slashed.rsplit("/", 1)[-1] if is_absolute else slashed


def context_pieces(chunks: Sequence[Chunk], marks: FileMarks, measures: Measures) -> ContextPieces:
    """Return the pieces for other files' chunks and for the name of the file with the hole."""
    priorities = _priorities(chunks, measures)
    match marks.headings:
        case Headings.SEPARATOR_BEFORE | Headings.SEPARATOR_OUTSIDE | Headings.SEPARATOR_BETWEEN:
            return _separated(chunks, priorities, marks)
        case Headings.PATH_COMMENTS | Headings.PLUS_SIGNS:
            return ContextPieces(inside=_under_headings(chunks, priorities, marks))
        case Headings.COMMENTED_OUT:
            return ContextPieces(inside=_commented_out(chunks, priorities, marks.comment))


def _separated(
    chunks: Sequence[Chunk], priorities: Sequence[int], marks: FileMarks
) -> ContextPieces:
    own_name = marks.path or (_UNNAMED if chunks else "")
    if not own_name:
        return ContextPieces()
    is_before = marks.headings is Headings.SEPARATOR_BEFORE
    own_heading = Piece(f"{own_name}\n", "context", _HEADER)
    own_mark = Piece(marks.separator, "context", _HEADER, special=True)
    pieces: list[Piece] = []
    if marks.repo_token and marks.repository:
        name = marks.repository + ("\n" if is_before else "")
        pieces.append(Piece(marks.repo_token, "context", _HEADER, special=True))
        pieces.append(Piece(name, "context", _HEADER))
    for chunk, priority in zip(chunks, priorities, strict=True):
        mark = Piece(marks.separator, "context", priority, special=True)
        text = Piece(f"{_name(chunk)}\n{_ended(chunk.text)}", "context", priority)
        is_between = marks.headings is Headings.SEPARATOR_BETWEEN
        pieces.extend((text, mark) if is_between else (mark, text))
    match marks.headings:
        case Headings.SEPARATOR_BETWEEN:
            return ContextPieces(outside=(*pieces, own_heading))
        case Headings.SEPARATOR_OUTSIDE:
            return ContextPieces(outside=(*pieces, own_mark), inside=(own_heading,))
        case _:
            return ContextPieces(outside=(*pieces, own_mark, own_heading))


def _under_headings(
    chunks: Sequence[Chunk], priorities: Sequence[int], marks: FileMarks
) -> tuple[Piece, ...]:
    """Put each chunk under a heading, and the file with the hole too if there are any."""
    lead = "+++++ " if marks.headings is Headings.PLUS_SIGNS else marks.comment
    if not chunks or not lead:
        return ()
    pieces = [
        Piece(f"{lead}{_name(chunk)}\n{_ended(chunk.text)}\n", "context", priority)
        for chunk, priority in zip(chunks, priorities, strict=True)
    ]
    return (*pieces, Piece(f"{lead}{marks.path or _UNNAMED}\n", "context", _HEADER))


def _commented_out(
    chunks: Sequence[Chunk], priorities: Sequence[int], comment: str
) -> tuple[Piece, ...]:
    """Put each chunk into comments, so that no model takes its names for names of this file."""
    if not comment:
        return ()
    return tuple(
        Piece(
            "".join(
                f"{comment} {line}".rstrip() + "\n"
                for line in (f"Path: {_name(chunk)}", *_ended(chunk.text)[:-1].split("\n"))
            ),
            "context",
            priority,
        )
        for chunk, priority in zip(chunks, priorities, strict=True)
    )


def _priorities(chunks: Sequence[Chunk], measures: Measures) -> list[int]:
    """Give the last chunk the highest priority; each costs twice what as much prefix would."""
    priorities: list[int] = []
    characters = 0
    for chunk in reversed(chunks):
        characters += len(chunk.text)
        pieces = characters / (measures.limit / 32)
        priorities.append(priority_at(_NEAREST_PIECES + _CONTEXT_COST * pieces, kind=2))
    return priorities[::-1]


def _name(chunk: Chunk) -> str:
    return shown_path(chunk.path) or _UNNAMED


def _ended(text: str) -> str:
    """Return a text with "\\n" line ends, the last line's included."""
    text = with_line_feeds(text)
    return text if text.endswith("\n") else text + "\n"


def _one_line(name: str) -> str:
    return " ".join(name.split())
