"""The actions there are: what they are called, where they are offered, and what they do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from lsprotocol.types import CodeActionKind

from ensemble.cascade.completer import Completer
from ensemble.code_actions.complete_function import complete_function
from ensemble.code_actions.document_function import document_function
from ensemble.code_actions.fix_syntax import fix_syntax
from ensemble.code_actions.proposal import ActionRequest, Proposal
from ensemble.code_actions.repair_function import repair_function
from ensemble.code_actions.write_tests import write_tests
from ensemble.trace.trace import Journal
from lsp_server.code_actions.cursor_context import CursorContext

Work = Callable[[ActionRequest, Completer, Journal], Awaitable[Proposal]]


@dataclass(frozen=True, slots=True)
class Action:
    """Something that may be ordered."""

    name: str
    title: str
    kind: CodeActionKind
    """By which a client asks for it and sorts it into its menu."""
    offered: Callable[[CursorContext], bool]
    """Whether it is of use where the cursor stands."""
    work: Work
    runs_code: bool = False
    """Whether it is of no use where tests may not be run."""

    @property
    def name_for_people(self) -> str:
        """The title without the word that tells where it comes from."""
        return self.title.removeprefix("Coterie: ").capitalize()

    def fits(self, only: Sequence[str]) -> bool:
        """Whether a client that asks for these kinds of actions, all if none, wants this one."""
        return not only or any(
            self.kind == kind or self.kind.startswith(f"{kind}.") for kind in only
        )


_REWRITE, _REFACTOR = CodeActionKind.RefactorRewrite, CodeActionKind.Refactor

ACTIONS = (
    Action(
        "fixSyntax",
        "Coterie: fix this syntax error",
        CodeActionKind.QuickFix,
        lambda context: context.is_broken,
        fix_syntax,
    ),
    Action(
        "completeFunction",
        "Coterie: complete this function (verified)",
        _REWRITE,
        lambda context: context.in_stub,
        complete_function,
    ),
    Action(
        "repairFunction",
        "Coterie: repair this function",
        _REWRITE,
        lambda context: context.in_written_function,
        repair_function,
        runs_code=True,
    ),
    Action(
        "writeTests",
        "Coterie: write tests for this function",
        _REFACTOR,
        lambda context: context.in_testable_function,
        write_tests,
        runs_code=True,
    ),
    Action(
        "documentFunction",
        "Coterie: document this function",
        _REWRITE,
        lambda context: context.in_undocumented_function,
        document_function,
    ),
)
"""All of them, in the order in which they are offered."""


def action_named(name: str) -> Action | None:
    """Return the action that a client names, or None."""
    return next((action for action in ACTIONS if action.name == name), None)


def offered(context: CursorContext, only: Sequence[str], *, may_run: bool) -> list[Action]:
    """Return the actions that are worth offering at a place. No model is asked."""
    return [
        action
        for action in ACTIONS
        if action.fits(only) and (may_run or not action.runs_code) and action.offered(context)
    ]
