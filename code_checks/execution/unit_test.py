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
    """A statement that raises when the program above it is wrong.

    `code` is run in the program's own namespace, `label` is what a person reads of it. `call` is
    the expression whose value it judges, "" if there is no single one. `weight` is the number of
    generations that wrote it.
    """

    code: str
    label: str
    origin: Origin = Origin.EXAMPLE
    call: str = ""
    weight: float = 1.0
