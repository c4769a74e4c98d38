"""What the server or the command line asks the ensemble."""

from __future__ import annotations

import msgspec

from code_checks.hole import Extent, Hole
from ensemble.policy import Trigger


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
