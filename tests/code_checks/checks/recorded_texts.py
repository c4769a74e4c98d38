"""Texts for holes with what a check says of them, from files of cases.

A case's `code` is a document with its cursor. Each line of a section PASS, FAIL or SKIP is one
text for the hole; a section whose name goes on (`PASS block`) is one text as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from tests.notation import read_cases


def recorded_texts(folder: Path) -> Iterator[ParameterSet]:
    """Yield the hole, the text, and the name of the outcome of every text in a folder's cases."""
    for case in read_cases(folder):
        for name, body in case.sections.items():
            if name != "code":
                for text in [body] if " " in name else body.split("\n"):
                    outcome = name.split()[0]
                    yield pytest.param(
                        case.hole, text, outcome, id=f"{case}: {name}: {text[:40]!r}"
                    )
