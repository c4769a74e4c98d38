"""Orders as cases in a file: a document with a cursor, what the models say, and what comes of it.

The first word of a case is its language, the second the order. The sections `small` and `large`
hold what the samples of these models are, separated by lines of `~~~`; a model that a case does
not name has nothing to say. A section `file NAME` is a file of the workspace.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from ensemble.cascade.completer import Completer
from ensemble.code_actions.proposal import ActionRequest, Proposal
from ensemble.engines.scripted import ScriptedEngine
from ensemble.file_rules import FileRules
from ensemble.trace.trace import Journal
from lsp_server.code_actions.catalog import action_named
from tests.notation import Case

_PATHS = {"python": "shop.py", "javascript": "shop.js", "typescript": "src/shop.ts",
          "go": "shop.go", "rust": "shop.rs"}  # fmt: skip
_BETWEEN = "\n~~~\n"


async def carry_out(case: Case, *, may_run: bool = True) -> Proposal:
    """Have the work of a case's order done."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        (workspace / "tests").mkdir()
        for name, text in files_of(case):
            (workspace / name).write_text(text)
        order = ActionRequest(
            language=case.words[0],
            source=case.hole.prefix + case.hole.suffix,
            offset=len(case.hole.prefix),
            deadline=30.0,
            path=_PATHS[case.words[0]],
            workspace=workspace if "scripts" not in case.words else None,
            may_run=may_run,
            rules=FileRules(workspace),
        )
        action = action_named(case.words[1])
        assert action is not None, case.words
        completer = Completer(
            {name: ScriptedEngine(name, answers(case, name)) for name in ("small", "large")}
        )
        return await action.work(order, completer, Journal())


def answers(case: Case, model: str) -> list[str]:
    """Return what the samples of a model are."""
    text = case.sections.get(model)
    return [""] if text is None else text.split(_BETWEEN)


def files_of(case: Case) -> Iterable[tuple[str, str]]:
    """Yield the names and texts of the workspace's files."""
    for name, text in case.sections.items():
        if name.startswith("file "):
            yield name.removeprefix("file "), f"{text}\n"


def result(case: Case, proposal: Proposal) -> str:
    """Return the document after a proposal, and below it what is to stand in other files."""
    text = case.hole.prefix + case.hole.suffix
    for change in sorted(proposal.changes, key=lambda change: change.start, reverse=True):
        text = text[: change.start] + change.text + text[change.end :]
    parts = [text if proposal.changes else ""]
    parts += [f"[{file.path}]\n{file.text}" for file in proposal.files]
    return "\n".join(part for part in parts if part)
