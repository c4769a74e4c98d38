"""The syntax errors of a document, and whether a change leaves fewer of them."""

from __future__ import annotations

from dataclasses import dataclass

from code_checks.languages import language_named
from code_checks.python.statement_window import CannotCompile, quietly_parsed
from code_checks.text.enclosing import MAX_CHARACTERS, MAX_LINES
from code_checks.trees.source_tree import Fault, comparison_tree, encode


@dataclass(frozen=True, slots=True, order=True)
class Severity:
    """How severe a document's syntax errors are: the smaller the better; false without an error.

    Lines are counted from the document's end: that number does not change when a line is put in
    before.
    """

    uncompiled: bool
    """Whether CPython refuses a document in its own language."""
    faults: int
    """The number of ERROR and MISSING nodes."""
    parsed_from: int
    """How many lines there are from the first of these nodes on."""
    compiled_from: int
    """How many lines there are from where CPython's parser gave up on."""

    def __bool__(self) -> bool:
        return self.uncompiled or self.faults > 0

    def improves_on(self, before: Severity) -> bool:
        """Whether an error has gone, and none has come in its place.

        What Python refuses to the end must at least parse from a later line on, and where the
        grammar sees nothing wrong any more, Python must stumble later, too.
        """
        if self.faults > before.faults:
            return False
        if not before.uncompiled:
            return self.faults < before.faults and not self.uncompiled
        if not self.uncompiled:
            return True
        if self.faults == 0:
            return self.compiled_from < before.compiled_from
        same = self.compiled_from <= before.compiled_from
        return same and self.parsed_from < before.parsed_from


@dataclass(frozen=True, slots=True)
class SyntaxErrors:
    """The syntax errors of a document."""

    severity: Severity
    """How severe they are, all together."""
    rows: tuple[range, ...]
    """The rows of each error, counted from 0; CPython's error comes first."""

    def touches(self, first: int, last: int) -> bool:
        """Whether an error lies on one of these rows."""
        return any(rows.start <= last and first < rows.stop for rows in self.rows)


def syntax_errors(language: str, source: str) -> SyntaxErrors | None:
    """Find the syntax errors of a document; None if nothing can be said of it.

    Unknown languages, and documents too long to be parsed again and again, cannot be judged.
    """
    known = language_named(language)
    too_long = len(source) > MAX_CHARACTERS or source.count("\n") > MAX_LINES
    if known is None or too_long or "\0" in source:
        return None
    try:
        faults = comparison_tree(known, source, "").faults
        row = _cpython_error(source) if known.compiled_by_cpython else None
    except (RecursionError, MemoryError, CannotCompile):
        return None
    rows = [_rows_of(source, fault) for fault in faults]
    lines = source.count("\n") + 1
    parsed_from = lines - rows[0].start if rows else 0
    compiled_from = lines - row if row is not None else 0
    if row is not None:
        rows.insert(0, range(row, row + 1))
    severity = Severity(row is not None, len(faults), parsed_from, compiled_from)
    return SyntaxErrors(severity, tuple(rows))


def _cpython_error(source: str) -> int | None:
    """Return the row at which CPython's parser gives up, None if it does not."""
    try:
        quietly_parsed(source)
    except SyntaxError as error:
        return max(0, (error.lineno or 1) - 1)
    return None


def _rows_of(source: str, fault: Fault) -> range:
    last = encode(source)[fault.start : fault.end].rstrip().count(b"\n")
    return range(fault.row, fault.row + last + 1)
