"""What the server or the command line asks the ensemble."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import msgspec

from code_checks.hole import Extent, Hole
from ensemble.file_rules import FileRules


class Trigger(StrEnum):
    """What made the editor ask."""

    AUTOMATIC = "automatic"
    INVOKED = "invoked"


class Chunk(msgspec.Struct, frozen=True):
    """A run of lines of another file, or of a distant part of the same one."""

    path: str
    language: str
    text: str
    first_line: int = 0


class CompletionRequest(msgspec.Struct, frozen=True):
    """A hole with what surrounds it. An immutable snapshot: nothing here changes later.

    `path` is relative to the workspace when there is one and never absolute in a prompt;
    `document` identifies the document (URI). `chunks` are candidates for context, oldest first:
    pieces of open and recently edited files that are neither secret nor ignored. `deadline` is in
    seconds from the request, None for the policy's default; `samples` and `tiers` override the
    policy.

    What may judge a whole function: `visible_tests`, statements in the hole's language that
    somebody vouches for, instead of the examples in its documentation; `generated_tests`, what a
    model wrote when it was asked for tests, instead of asking one now; and the tests of the
    workspace whose files `rules` allows, None for none. `packages` are folders with installed
    packages that tests may import; only the user's own settings may name them. Unless `may_run`,
    nothing is run at all.
    """

    hole: Hole
    path: str = ""
    document: str = ""
    repository: str = ""
    trigger: Trigger = Trigger.AUTOMATIC
    extent: Extent | None = None
    chunks: tuple[Chunk, ...] = ()
    deadline: float | None = None
    samples: int | None = None
    tiers: tuple[str, ...] | None = None
    max_lines: int = 8
    seed: int = 0
    visible_tests: tuple[str, ...] = ()
    generated_tests: tuple[str, ...] = ()
    rules: FileRules | None = None
    packages: tuple[Path, ...] = ()
    may_run: bool = True
