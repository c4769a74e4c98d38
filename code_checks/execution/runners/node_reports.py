"""What JavaScript's test runners report: TAP (node:test) and JSON (jest, vitest)."""

from __future__ import annotations

import json
import re
from typing import Any

from code_checks.execution.judge import Ending, TestOutcome

_LINE = re.compile(r"\s*(not )?ok \d+ - (.*)")
_SKIPPED = re.compile(r"\s+# (?:SKIP|TODO)\b.*", re.IGNORECASE)
_ERROR = re.compile(r"\s*error: (.*)")
_LONGEST = 300


def tap_outcomes(text: str) -> dict[str, TestOutcome]:
    """Return how each test ended, by its name."""
    found: dict[str, TestOutcome] = {}
    lines = text.splitlines()
    for number, line in enumerate(lines):
        match = _LINE.fullmatch(line)
        if match is None or _SKIPPED.search(line):
            continue
        name = match.group(2).replace("\\#", "#").strip()
        if not match.group(1):
            found[name] = TestOutcome(Ending.PASS)
        else:
            detail = _detail(lines[number + 1 : number + 40])
            found[name] = TestOutcome(_ending(detail), detail)
    return found


def json_outcomes(text: str) -> dict[str, TestOutcome]:
    """Return the same from a report in the form of jest, which vitest writes, too."""
    start = text.find('{"')
    try:
        report: Any = json.loads(text[start:]) if start >= 0 else {}
    except ValueError:
        return {}
    found: dict[str, TestOutcome] = {}
    for file in report.get("testResults", ()):
        for test in file.get("assertionResults", ()):
            if test.get("status") == "passed":
                found[test["title"]] = TestOutcome(Ending.PASS)
            elif test.get("status") == "failed":
                detail = " ".join(test.get("failureMessages", ()))[:_LONGEST]
                found[test["title"]] = TestOutcome(_ending(detail), detail)
        if file.get("message") and not file.get("assertionResults"):
            found[""] = TestOutcome(Ending.ERROR, str(file["message"])[:_LONGEST])
    return found


def _detail(lines: list[str]) -> str:
    """Return the message in the block of YAML that follows a failed test."""
    for number, line in enumerate(lines):
        if line.strip() == "...":
            break
        match = _ERROR.fullmatch(line)
        if match is not None:
            said = match.group(1)
            if said.startswith("|"):
                said = lines[number + 1] if number + 1 < len(lines) else ""
            return said.strip().strip("'\"")[:_LONGEST]
    return "failed"


def _ending(detail: str) -> Ending:
    asserted = "AssertionError" in detail or "Expected" in detail or "xpected" in detail
    return Ending.FAIL if asserted else Ending.ERROR
