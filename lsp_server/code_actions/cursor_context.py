"""What stands where the cursor is, as far as it decides which actions are offered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from code_checks.fixes.syntax_errors import syntax_errors
from code_checks.trees.functions import Function
from ensemble.code_actions.complete_function import function_of
from ensemble.code_actions.write_tests import is_testable


@dataclass(frozen=True)
class CursorContext:
    """A document with a selection, an immutable snapshot. Nothing is parsed before somebody asks,
    and nothing twice."""

    language: str
    source: str
    """The text of the whole document."""
    offset: int
    """How many characters of it stand before the selection."""
    first_row: int
    """The first selected line, counted from 0."""
    last_row: int
    """The last selected line, counted from 0."""

    @cached_property
    def function(self) -> Function | None:
        """The function that the cursor is in, or in whose header it is."""
        return function_of(self.language, self.source, self.offset)

    @cached_property
    def is_broken(self) -> bool:
        """Whether a syntax error touches the selected lines."""
        errors = syntax_errors(self.language, self.source)
        return errors is not None and errors.touches(self.first_row, self.last_row)

    @property
    def in_stub(self) -> bool:
        """Whether the function has no body yet."""
        return self.function is not None and self.function.is_stub

    @property
    def in_written_function(self) -> bool:
        """Whether the function has a body."""
        return self.function is not None and not self.function.is_stub

    @property
    def in_testable_function(self) -> bool:
        """Whether tests of the function could be written and run."""
        return self.in_written_function and bool(self.function and is_testable(self.function))

    @property
    def in_undocumented_function(self) -> bool:
        """Whether the function has a body and nothing that says what it is for."""
        return self.in_written_function and not (self.function and self.function.documentation)
