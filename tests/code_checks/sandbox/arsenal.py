"""The attacks, as they lie in the folder `attacks`, and what their first lines say about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "attacks"
_SINGLY = ("survival", "exhaustion")
_HARMLESS = ("exhaustion/core_dump", "exhaustion/limits", "exhaustion/memory_files",
             "exhaustion/thread_bomb")  # fmt: skip
"""What leaves a sandbox as it was, and can be tried in one together with others."""


@dataclass(frozen=True)
class Attack:
    """A program that says ESCAPED if it gets what it wants.

    `alone`: it needs a sandbox for itself, because it uses it up or wants to outlive it.
    `depends`: what a machine may lack for it to work at all. `metadata`: it only learns what
    exists. `wall_seconds`: how long its sandbox may run.
    """

    name: str
    alone: bool
    depends: str
    metadata: bool
    wall_seconds: float

    @property
    def module(self) -> str:
        """The name to run it by."""
        return f"tests.code_checks.sandbox.attacks.{self.name.replace('/', '.')}"


@cache
def attacks() -> tuple[Attack, ...]:
    """Return all attacks, by name."""
    found = []
    for path in sorted(FOLDER.glob("*/*.py")):
        name = path.relative_to(FOLDER).with_suffix("").as_posix()
        head = path.read_text().split('"""')[1]
        found.append(
            Attack(
                name,
                alone=name.startswith(_SINGLY) and name not in _HARMLESS,
                depends=_line(head, "depends"),
                metadata="\nthreat: metadata" in head,
                wall_seconds=float(_line(head, "limits: wall_seconds=") or 4),
            )
        )
    return tuple(found)


def sources() -> dict[str, str]:
    """Return every file of the attacks by the name that it has in a sandbox."""
    return {
        f"tests/code_checks/sandbox/attacks/{path.relative_to(FOLDER).as_posix()}": path.read_text()
        for path in FOLDER.rglob("*.py")
    }


def _line(head: str, key: str) -> str:
    found = re.search(rf"^{key}:?\s*(\S.*)$", head, re.MULTILINE)
    return found[1] if found else ""
