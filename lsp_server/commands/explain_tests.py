"""What `coterie explain` says of tests: which were found, and who passed which."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.text import Text

from lsp_server.commands.report import one_line

Facts = dict[str, Any]
_MOST_FAILURES = 3


def _found(facts: Facts) -> Text:
    if facts["refusal"]:
        return Text(f"not run: {one_line(facts['refusal'])}", style="yellow")
    found = facts["found"]
    if not found:
        return Text("none found: nothing is verified", style="yellow")
    return Text(f"{len(found)} judge: {'; '.join(one_line(label) for label in found)}")


def _tested(facts: Facts) -> Text:
    text = Text(one_line(facts["text"]) or "(nothing)")
    if "refusal" in facts:
        return text.append(f"  – {one_line(facts['refusal'])}", style="yellow")
    if "generated" in facts:
        return text.append(
            f"  {facts['passed']} of {facts['generated']} written tests", style="dim"
        )
    passed, failed = facts["passed"], facts["failed"]
    all_of_them = len(passed) + len(failed)
    mark, style = ("✗", "red") if failed else ("✓", "green")
    text.append(f"  {mark} {len(passed)} of {all_of_them} tests", style=style)
    for failure in failed[:_MOST_FAILURES]:
        said = failure["detail"] or failure["ending"]
        text.append(f"  ✗ {one_line(failure['test'])}: {one_line(said)}", style="red")
    return text


STEPS: dict[str, Callable[[Facts], Text]] = {
    "tests": _found,
    "tested": _tested,
    "drawn_again": lambda facts: Text(f"once more: {facts['reason']}", style="yellow"),
    "wrote_tests": lambda facts: Text(f"{facts['model']}, {facts['generations']} times"),
    "compared": lambda facts: Text(
        f"results of {facts['calls']} calls: {facts['kinds']} kinds of behavior"
    ),
}
"""The steps of a trace that are about tests, and how each is told."""
LABELS = {"drawn_again": "again", "wrote_tests": "test writer"}
