"""One test of a function, as something that can be run after the program that it judges."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Origin(StrEnum):
    """Who wrote a test. Visible tests may refuse a candidate, generated ones may only vote."""

    EXAMPLE = "example"
    """A person, in the function's documentation."""
    WORKSPACE = "workspace"
    """A person, in one of the workspace's test files."""
    GENERATED = "generated"
    """A model."""


@dataclass(frozen=True, slots=True)
class UnitTest:
    """A statement that raises when the program above it is wrong."""

    code: str
    """The statement, which runs in the program's own namespace; for a test of the workspace whose
    runner finds it by its name: the file and the name, parted by `::`."""
    label: str
    """The test as a person reads it."""
    origin: Origin = Origin.EXAMPLE
    """Who wrote the test."""
    call: str = ""
    """The expression whose value the test judges, "" if there is no single one."""
    weight: float = 1.0
    """The number of generations that wrote the test."""
