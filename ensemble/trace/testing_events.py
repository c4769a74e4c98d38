"""The events of tests: found, written by a model, run on candidates."""

from __future__ import annotations

import msgspec

from code_checks.execution.judge import Ending
from ensemble.trace.request_events import Event


class VisibleTestsFound(Event, frozen=True):
    """Somebody looked for tests that may judge, and whether they can be run here."""

    name = "tests"
    found: tuple[str, ...]
    """Their labels."""
    refusal: str
    """Why none can be run, or ""."""


class FailedTest(msgspec.Struct, frozen=True):
    test: str
    """Its label."""
    ending: Ending
    detail: str
    """What went wrong, in a line."""


class VisibleTestsRun(Event, frozen=True):
    """Tests that judge were run on a candidate."""

    name = "tested"
    text: str
    """The candidate's beginning."""
    passed: tuple[str, ...]
    """The labels of these tests."""
    failed: tuple[FailedTest, ...]
    """The tests that did not end well."""


class GeneratedTestsRun(Event, frozen=True):
    """Tests that a model wrote were run on a candidate. They only vote, and may be hundreds."""

    name = "tested"
    text: str
    generated: int
    """How many there are."""
    passed: int
    """How many of them the candidate passes."""


class RunRefused(Event, frozen=True):
    """A candidate could not be run."""

    name = "tested"
    text: str
    refusal: str


class WroteTests(Event, frozen=True):
    """A model was asked for tests."""

    name = "wrote_tests"
    model: str
    generations: int
    """The texts that it wrote, each with any number of tests."""
    generated_tokens: int
    """The tokens of all these texts together."""


class ResultsCompared(Event, frozen=True):
    """Candidates were run on the inputs of written tests, and what they return was compared."""

    name = "compared"
    calls: int
    kinds: int
    """Different rows of results."""


TestingEvent = (
    VisibleTestsFound
    | VisibleTestsRun
    | GeneratedTestsRun
    | RunRefused
    | WroteTests
    | ResultsCompared
)
