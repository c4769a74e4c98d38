"""Decides what became of each test of one candidate."""

from __future__ import annotations

import signal
import time

from .attempt import Attempt, describe_status
from .candidate_process import Instructions
from .hardening import ON_LINUX
from .records import IMPORT, Record, RecordKind, Spoiled
from .setup import Setup

_TICK_SECONDS = 0.02
_ENDINGS = {RecordKind.PASS: "pass", RecordKind.FAIL: "fail", RecordKind.ERROR: "error"}

Outcome = tuple[str, str]
"""How a test ended, as in `judge.Ending`, and what there is to say about it."""


class Trial:
    """All tests of one candidate: in one process, or in several if one does not survive them."""

    def __init__(self, setup: Setup, judge: Instructions, program: str) -> None:
        self._setup = setup
        self._judge = judge
        self._program = program
        self._outcomes: list[Outcome] = []
        self._said: Outcome | None = None
        self._importing = True
        self._since = 0.0
        self._deadline = 0.0

    def outcomes(self) -> list[Outcome]:
        """Run the tests, and return how each ended."""
        self._deadline = time.monotonic() + self._judge.candidate_seconds
        while self._left():
            self._attempt()
        return self._outcomes

    def _left(self) -> int:
        return len(self._judge.tests) - len(self._outcomes)

    def _attempt(self) -> None:
        first = len(self._outcomes)
        attempt = Attempt(self._setup, self._judge, self._program, first)
        self._importing, self._said = True, None
        self._since = time.monotonic()
        try:
            while self._left() and self._goes_on(attempt, first):
                pass
        finally:
            attempt.close()

    def _goes_on(self, attempt: Attempt, first: int) -> bool:
        """Listen for a moment; say whether there is more to come from this process."""
        try:
            for record in attempt.listen(_TICK_SECONDS):
                self._take(record)
        except Spoiled:
            return self._blame("died", "it spoiled its report")
        if not self._left():
            return False
        now = time.monotonic()
        if attempt.printed > self._judge.output_bytes:
            return self._blame("flood", f"it printed more than {self._judge.output_bytes} bytes")
        if now > self._deadline:
            return self._blame_all("timeout", f"after {self._judge.candidate_seconds:g} s in all")
        if now - self._since > self._judge.test_seconds:
            return self._blame("timeout", f"after {self._judge.test_seconds:g} s")
        if attempt.over is None:
            return True
        if not ON_LINUX and len(self._outcomes) > first:
            return False  # There a process runs one test.
        return self._blame("died", attempt.over)

    def _take(self, record: Record) -> None:
        """Note what the candidate's process says; what is about another test is too late."""
        if record.test == IMPORT and self._importing:
            if record.kind is RecordKind.READY:
                self._importing = False
                self._since = time.monotonic()
            else:
                self._blame_all("error", record.detail)
        elif record.test == len(self._outcomes) and not self._importing:
            if record.kind is RecordKind.END:
                self._outcomes.append(self._said or _death(record.detail, self._judge))
                self._said = None
                self._since = time.monotonic()
            elif self._said is None and record.kind in _ENDINGS:
                self._said = (_ENDINGS[record.kind], record.detail)

    def _blame(self, ending: str, why: str) -> bool:
        """Hold the test that is running responsible; while importing, that is every test."""
        if self._importing:
            return self._blame_all(ending, why)
        self._outcomes.append((ending, why))
        return False

    def _blame_all(self, ending: str, why: str) -> bool:
        self._outcomes += [(ending, why)] * self._left()
        return False


def _death(status: str, judge: Instructions) -> Outcome:
    """Return the outcome of a test whose process ended without a word."""
    if not status.lstrip("-").isdecimal():
        return ("died", "it spoiled its report")
    code = int(status)
    if code == -signal.SIGXCPU:
        return ("timeout", f"after {judge.test_cpu_seconds} s of the processor's time")
    return ("died", describe_status(code))
