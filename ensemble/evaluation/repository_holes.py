"""Tasks from real code: holes cut where people type, with what stood there as the solution."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from code_checks.languages import Language, language_named, language_of_path
from code_checks.text.indentation import is_closer, opens_block
from code_checks.text.lexical import multiline_spans
from ensemble.evaluation.tasks import Task
from ensemble.file_rules import FileRules

_LARGEST_FILE = 200_000
_LONGEST_LINE = 200
_LONGEST_BLOCK = 8
_OF_A_KIND = 4
"""How many holes of one kind are cut from one file, so that long files don't decide alone."""

_WORD = re.compile(r"[^\W\d]\w*|\d+|[^\w\s]")
_SAYS_SOMETHING = re.compile(r"\w\W*\w")
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "build", "dist", "target", "vendor"})


@dataclass(frozen=True, slots=True)
class _SourceLine:
    """A line of a source: where it begins, and its text without the line end."""

    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def indentation(self) -> int:
        return len(self.text) - len(self.text.lstrip())


@dataclass(frozen=True, slots=True)
class _Source:
    """A file that holes are cut from."""

    path: str
    """The path relative to the folder, with slashes."""
    text: str
    """The whole file."""
    language: Language
    """The language, told from the file's name."""
    lines: tuple[_SourceLine, ...]
    """The lines, in order."""
    prose: tuple[tuple[int, int], ...]
    """The spans (start, end) of strings and comments that go over several lines."""

    def is_code(self, line: _SourceLine) -> bool:
        """Whether something stands on the line that a person would want completed."""
        content = line.text.strip()
        mark = self.language.line_comment
        return (
            _SAYS_SOMETHING.search(content) is not None
            and len(line.text) <= _LONGEST_LINE
            and not (mark and content.startswith(mark))
            and not any(start < line.end and line.start < end for start, end in self.prose)
        )


def repository_tasks(root: Path, rules: FileRules, seed: int = 0) -> list[Task]:
    """Return holes from the files below a folder that a prompt may hold, the same ones each time:
    per file, some whole lines, rests of lines and bodies of blocks. Files are problems."""
    tasks: list[Task] = []
    for path in sorted(_files(root, rules)):
        relative = path.relative_to(root).as_posix()
        tasks += file_tasks(relative, path, random.Random(f"{seed} {relative}"))
    return tasks


def file_tasks(name: str, path: Path, chance: random.Random) -> Iterator[Task]:
    """Yield the holes of one file, none if it is of no known language, too large or not UTF-8."""
    language = language_named(language_of_path(path.name))
    if language is None or language.is_data or path.stat().st_size > _LARGEST_FILE:
        return
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        return
    yield from source_tasks(name, text, language, chance)


def source_tasks(name: str, text: str, language: Language, chance: random.Random) -> Iterator[Task]:
    """Yield the holes of one source: `line`, a whole line behind its indentation; `rest` of a line
    from one of its words on; `block`, the short body behind a line that opens it."""
    source = _Source(
        name, text, language, tuple(_lines(text)), tuple(multiline_spans(language.name, text))
    )
    for kind, cut in _CUTS.items():
        numbers = list(range(len(source.lines)))
        chance.shuffle(numbers)
        made = 0
        for number in numbers:
            span = cut(source, number, chance)
            if span is not None and made < _OF_A_KIND:
                made += 1
                yield _task(source, kind, number, *span)


def _task(source: _Source, kind: str, number: int, start: int, end: int) -> Task:
    return Task(
        task_id=f"{source.path}:{number + 1}:{kind}",
        prompt=source.text[:start],
        suffix=source.text[end:],
        canonical_solution=source.text[start:end],
        language=source.language.name,
        path=source.path,
        problem=source.path,
    )


_Span = tuple[int, int]


def _cut_line(source: _Source, number: int, chance: random.Random) -> _Span | None:
    line = source.lines[number]
    return (line.start + line.indentation, line.end) if source.is_code(line) else None


def _cut_rest(source: _Source, number: int, chance: random.Random) -> _Span | None:
    line = source.lines[number]
    words = list(_WORD.finditer(line.text))
    if len(words) < 3 or not source.is_code(line):
        return None
    at = chance.choice(words[1:-1]).start()
    rest = line.text[at:]
    return (line.start + at, line.end) if _SAYS_SOMETHING.search(rest) else None


def _cut_block(source: _Source, number: int, chance: random.Random) -> _Span | None:
    """Cut from behind a line that opens a block to the end of the last line of the block."""
    opener = source.lines[number]
    if not source.is_code(opener) or not opens_block(source.language, opener.text):
        return None
    body = _body(source.lines[number + 1 :], opener.indentation)
    if not body or len(body) > _LONGEST_BLOCK or not any(map(source.is_code, body)):
        return None
    after = source.lines[number + 1 + len(body) :]
    below = next((line.text for line in after if line.text.strip()), "")
    if not (source.language.indentation_matters or is_closer(source.language, below)):
        return None
    return (opener.end, body[-1].end)


_CUTS: dict[str, Callable[[_Source, int, random.Random], _Span | None]] = {
    "line": _cut_line,
    "rest": _cut_rest,
    "block": _cut_block,
}


def _body(lines: Sequence[_SourceLine], column: int) -> Sequence[_SourceLine]:
    """Return the lines, blank ones at the end left out, that are indented more than a column."""
    count = 0
    for index, line in enumerate(lines):
        if line.text.strip():
            if line.indentation <= column:
                break
            count = index + 1
    return lines[:count]


def _lines(text: str) -> Iterator[_SourceLine]:
    start = 0
    for line in text.split("\n"):
        yield _SourceLine(start, line)
        start += len(line) + 1


def _files(root: Path, rules: FileRules) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        folders[:] = [
            name for name in folders
            if not name.startswith(".") and name not in _SKIPPED_FOLDERS
            and rules.allows(here / name)
        ]  # fmt: skip
        yield from (path for name in names if rules.allows(path := here / name))
