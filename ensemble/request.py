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
    """Relative to the workspace when there is one."""
    language: str
    """An LSP identifier."""
    text: str
    first_line: int = 0
    """The number of the chunk's first line in its file, from 0."""


class CompletionRequest(msgspec.Struct, frozen=True):
    """A hole with what surrounds it. An immutable snapshot: nothing here changes later."""

    hole: Hole
    deadline: float
    """Seconds from the request to the answer that goes out, whatever is known by then; infinite
    where nobody waits."""
    path: str = ""
    """The file's path, relative to the workspace when there is one; never absolute in a prompt."""
    document: str = ""
    """What identifies the document: its URI, or a task's identifier."""
    repository: str = ""
    """The repository's name, for models that were trained with one."""
    trigger: Trigger = Trigger.AUTOMATIC
    extent: Extent | None = None
    """How much is wanted; None: what the hole itself suggests."""
    chunks: tuple[Chunk, ...] = ()
    """What may become context, oldest first: pieces of open and recently edited files that are
    neither secret nor ignored."""
    samples: int | None = None
    """How many candidates each tier is asked for, whatever the policy says."""
    tiers: tuple[str, ...] | None = None
    """The models to ask, in this order, whatever the policy says."""
    max_lines: int = 8
    """The most lines that an answer may have."""
    minimum_agreement: float = 0.0
    """The least share of the votes, 0 to 1, with which a text that no tier decided is shown, where
    the policy itself asks for less."""
    verified_only: bool = False
    """Whether only texts are shown that some check has passed, whatever the policy says."""
    seed: int = 0
    """What the seeds of all candidates follow from."""
    visible_tests: tuple[str, ...] = ()
    """Statements in the hole's language that somebody vouches for: they judge a whole function
    instead of the examples in its documentation."""
    generated_tests: tuple[str, ...] = ()
    """Tests that a model wrote before: they vote, and no model is asked for tests now."""
    rules: FileRules | None = None
    """Which files of the workspace may be read, so that the tests in them judge a whole function,
    too; None: no file."""
    packages: tuple[Path, ...] = ()
    """Folders with installed packages that tests may import. Only the user's own settings name
    any."""
    may_run: bool = True
    """Whether anything may be run at all, in the sandbox."""
