"""What is printed of an order: the proof and a diff, or one JSON document; and the exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import msgspec
from rich.text import Text

from ensemble.code_actions.proposal import Change, FileText, Proposal
from ensemble.trace.trace import Step
from lsp_server.answers.build_engines import build_engines
from lsp_server.answers.printable import printable
from lsp_server.answers.trace_text import story
from lsp_server.commands.code_actions.cli_order import CliOrder
from lsp_server.commands.code_actions.file_edit import FileEdit, file_edits
from lsp_server.commands.completion.cli_request import EngineBuilder
from lsp_server.commands.completion.complete import TokenCounts
from lsp_server.commands.console import print_json, print_line, show, warn, working

_STYLES = {"+++": "bold", "---": "bold", "@": "cyan", "+": "green", "-": "red"}
"""The colors of a diff's lines by what they begin with."""


class OrderOptions(msgspec.Struct, frozen=True):
    """The options of the command line."""

    tiers: tuple[str, ...] = ()
    """The models to ask, in this order; empty for the policy's own."""
    policy: str | None = None
    """A policy's name or file, in place of the settings' own."""
    write: bool = False
    """Whether the edit is made."""
    explain: bool = False
    """Whether everything is told that led to the proposal."""
    as_json: bool = False
    """Whether one JSON document is printed, and nothing else."""


class OrderOutput(msgspec.Struct, frozen=True):
    """What `--json` prints: the contract with scripts."""

    done: bool
    """Whether there is a proposal."""
    title: str
    """What the changes are, or what was ordered."""
    detail: str
    """What speaks for the changes, or why there are none."""
    diff: str
    """The changes of all files, "" if there are none."""
    changes: tuple[Change, ...]
    """The changes of the file itself; offsets count characters from 0."""
    files: tuple[FileText, ...]
    """The texts for the ends of other files, by their paths in the project."""
    written: bool
    """Whether the changes were made."""
    trace: tuple[Step, ...]
    """The steps of the work."""
    tokens: TokenCounts
    """The cost in tokens."""
    elapsed_ms: float
    """Milliseconds from the order to the proposal."""

    @classmethod
    def of(cls, proposal: Proposal, edits: Sequence[FileEdit], *, written: bool) -> OrderOutput:
        answer = proposal.answer
        return cls(
            done=bool(proposal),
            title=proposal.title,
            detail=proposal.detail,
            diff="".join(edit.diff() for edit in edits),
            changes=proposal.changes,
            files=proposal.files,
            written=written,
            trace=answer.trace,
            tokens=TokenCounts.of(answer.usage),
            elapsed_ms=answer.elapsed_ms,
        )


def order(
    action: str, target: str, options: OrderOptions, *, build: EngineBuilder = build_engines
) -> int:
    """Have an action done at FILE:LINE and print what comes of it; return the exit code, 1 if
    nothing does. Raises CommandError."""
    cli_order = CliOrder.at(action, target, options.tiers, options.policy)
    for message in cli_order.document.settings.messages:
        warn(message)
    with working(cli_order.action.name_for_people):
        proposal = cli_order.carried_out(warn, build)
    edits = file_edits(proposal, cli_order.document)
    if options.write:
        for edit in edits:
            edit.refuse_changed()
        for edit in edits:
            edit.write()
    if options.as_json:
        written = options.write and bool(edits)
        print_json(OrderOutput.of(proposal, edits, written=written))
    else:
        _tell(proposal, edits, options)
    return 0 if proposal else 1


def _tell(proposal: Proposal, edits: Sequence[FileEdit], options: OrderOptions) -> None:
    if options.explain:
        show(story(proposal.answer))
        print_line("")
    if not proposal:
        warn(f"{proposal.title}: {proposal.detail}")
        return
    show(Text(proposal.title, style="bold").append(f": {proposal.detail}", style="not bold"))
    print_line("")
    diff = "".join(edit.diff() for edit in edits).removesuffix("\n")
    if sys.stdout.isatty():
        show(_colored(diff))
    else:
        # As it is, blanks at the ends of lines included, for `patch` to read.
        print_line(diff)
    if options.write:
        print_line("")
        show(Text(f"Written: {', '.join(edit.name for edit in edits)}", style="green"))


def _colored(diff: str) -> Text:
    lines = []
    for line in printable(diff).split("\n"):
        styles = [style for start, style in _STYLES.items() if line.startswith(start)]
        lines.append(Text(line, style=styles[0] if styles else ""))
    return Text("\n").join(lines)
