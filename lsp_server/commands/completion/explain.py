"""`coterie explain FILE:LINE:COL`: the way to a completion, for people."""

from __future__ import annotations

from rich.text import Text

from code_checks.hole import Hole
from ensemble.trace.trace import Answer, Completion
from lsp_server.answers.build_engines import build_engines
from lsp_server.answers.printable import printable
from lsp_server.answers.trace_text import story
from lsp_server.commands.completion.cli_request import CliOptions, CliRequest, EngineBuilder
from lsp_server.commands.console import show, warn

_LINES_AROUND = 3


def explain(target: str, options: CliOptions, *, build: EngineBuilder = build_engines) -> int:
    """Print how the completion at the position came about. Raises CommandError."""
    cli_request = CliRequest.at(target, options)
    for message in cli_request.settings.messages:
        warn(message)
    answer = cli_request.ask(warn, build)
    show(story(answer), in_place(cli_request.request.hole, answer))
    return 0


def in_place(hole: Hole, answer: Answer) -> Text:
    """Return the best completion where it goes in, with the lines around it."""
    if not answer.completions:
        return Text("Nothing is suggested here.", style="yellow")
    completion = answer.completions[0]
    before = printable(hole.prefix.replace("\r\n", "\n")).split("\n")
    after = printable(hole.suffix.replace("\r\n", "\n")).split("\n")
    first = max(0, len(before) - 1 - _LINES_AROUND)
    code = Text("\n".join(before[first:]), style="dim")
    inserted = printable(completion.text.replace("\r\n", "\n"))
    code.append(inserted, style="not dim bold green")
    code.append("\n".join(after[: _LINES_AROUND + 1]))
    lines = code.split("\n", allow_blank=True)
    shown = Text(_credit(completion) + "\n", style="default")
    touched = range(len(before) - 1, len(before) + inserted.count("\n"))
    for number, line in enumerate(lines, first):
        mark = "▎" if number in touched else " "
        shown.append(f"{number + 1:6} ", style="dim").append(mark, style="green")
        shown.append_text(line).append("\n")
    return shown[:-1]


def _credit(completion: Completion) -> str:
    return (
        f"{completion.model}, tier {completion.tier + 1}, with {completion.share:.0%} of the votes:"
    )
