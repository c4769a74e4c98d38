"""What the settings of a document's folder allow a request: built once, for the server, the
command line and code actions alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from code_checks.hole import Hole
from code_checks.trees.functions import fills_body
from ensemble.code_actions.proposal import ActionRequest
from ensemble.file_rules import FileRules
from ensemble.request import Chunk, CompletionRequest, Trigger
from lsp_server.settings.folders import Folder


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """What a request may see and cost, and how sure its answer must be to be shown."""

    automatic: float
    """Seconds after which the best answer goes out, where the editor asked by itself."""
    invoked: float
    """The same where a person asked."""
    function: float
    """The same where a person asked for the whole body of a function, and for code actions."""
    path: str = ""
    """The document's path in its folder, with slashes: the name that models know it by."""
    repository: str = ""
    """The folder's name."""
    workspace: Path | None = None
    """The folder; None for a document that is no file."""
    chunks: tuple[Chunk, ...] = ()
    """Pieces of other files, oldest first, that may help."""
    max_lines: int = 8
    """How many lines a suggestion may have."""
    minimum_agreement: float = 0.0
    """The least share of the votes, 0 to 1, with which a text that no tier decided is shown."""
    verified_only: bool = False
    """Whether only texts are shown that some check has passed."""
    may_run: bool = True
    """Whether tests may be run, in the sandbox."""
    rules: FileRules | None = None
    """Which of the folder's files may be read; None where none may."""
    packages: tuple[Path, ...] = ()
    """Folders with installed packages that tests may import."""
    around: tuple[str, str] = ("", "")
    """What belongs before and after the document although it is not in it: other cells of its
    notebook."""

    @classmethod
    def of(cls, folder: Folder, file: Path | None, chunks: Sequence[Chunk] = ()) -> RequestLimits:
        """Return the limits for a file in a folder."""
        settings = folder.settings
        return cls(
            automatic=settings.deadline_automatic,
            invoked=settings.deadline_invoked,
            function=settings.deadline_function,
            path=folder.relative(file),
            repository=folder.path.name if folder.path else "",
            workspace=folder.path if file is not None else None,
            chunks=tuple(chunks),
            max_lines=settings.max_lines,
            minimum_agreement=settings.demanded_agreement,
            verified_only=settings.verified_only,
            may_run=settings.tests_run,
            rules=folder.rules if file is not None else None,
            packages=settings.tests_packages,
        )

    def deadline(self, hole: Hole, trigger: Trigger) -> float:
        """Return the seconds after which the best answer there is goes out."""
        if trigger is Trigger.AUTOMATIC:
            return self.automatic
        return self.function if fills_body(hole) else self.invoked

    def whole(self, hole: Hole) -> Hole:
        """Return a hole of the document as one of everything that the document belongs to."""
        before, after = self.around
        return Hole(hole.language, before + hole.prefix, hole.suffix + after)

    def completion(
        self, document: str, hole: Hole, trigger: Trigger, deadline: float | None = None
    ) -> CompletionRequest:
        """Return what the completer is asked. `document` is the document's URI; without a
        `deadline` the request has the one of its kind."""
        return CompletionRequest(
            hole=self.whole(hole),
            path=self.path,
            document=document,
            repository=self.repository,
            trigger=trigger,
            chunks=self.chunks,
            deadline=self.deadline(hole, trigger) if deadline is None else deadline,
            max_lines=self.max_lines,
            minimum_agreement=self.minimum_agreement,
            verified_only=self.verified_only,
            may_run=self.may_run,
            rules=self.rules,
            packages=self.packages,
        )

    def action(self, document: str, language: str, source: str, offset: int) -> ActionRequest:
        """Return what a code action works from, at an offset of the document's text."""
        return ActionRequest(
            language=language,
            source=source,
            offset=offset,
            path=self.path,
            document=document,
            repository=self.repository,
            workspace=self.workspace,
            chunks=self.chunks,
            deadline=self.function,
            may_run=self.may_run,
            rules=self.rules,
            packages=self.packages,
        )
