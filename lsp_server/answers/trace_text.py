"""A trace as text for people: what happened on the way to an answer, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.text import Text

from ensemble.trace import Answer

_LABEL_WIDTH = 11
_MARKS = {"PASS": ("✓", "green"), "FAIL": ("✗", "red"), "SKIP": ("–", "yellow")}
_MOST_FAILURES = 3
Facts = dict[str, Any]


def story(answer: Answer) -> Text:
    """Return the trace in lines: what happened, and the facts of it."""
    heard: list[Facts] = []
    prompts: dict[int, Facts] = {}
    rows: list[tuple[str, Text]] = []
    for step in answer.trace:
        facts = step.facts
        match step.event:
            case "context":
                prompts[facts["tier"]] = facts
            case "checked" if not facts.get("unfinished"):
                heard.append(facts)
            case "generated":
                rows.append((f"tier {facts['tier'] + 1}", _generated(facts)))
                rows.append(("", _prompt(facts, prompts.get(facts["tier"], {}))))
                rows += [("", text) for text in _candidates(heard, facts["tier"])]
                heard.clear()
            case "voted":
                rows += _voted(facts)
            case "weighed":
                rows += _weighed(facts)
            case event if event in _OTHER:
                label = event.removeprefix("engine_").replace("_", " ")
                rows.append((label, _OTHER[event](facts)))
            case event if event in _TEST_STEPS:
                label = _TEST_LABELS.get(event, event)
                rows.append((label, _TEST_STEPS[event](facts)))
    rows.append(("cost", Text(_cost(answer))))
    return Text("\n").join(
        Text.assemble((f"{label:<{_LABEL_WIDTH}}", "bold cyan"), text) for label, text in rows
    )


def _cost(answer: Answer) -> str:
    usage = answer.usage
    return (
        f"{answer.elapsed_ms:.0f} ms · {usage.prompt} prompt tokens, {usage.reused} of them reused "
        f"· {usage.generated} generated"
    )


def _generated(facts: Facts) -> Text:
    return Text(facts["model"], style="bold").append(
        f" wrote {facts['finished']} of {facts['asked']} candidates: "
        f"{facts['generated_tokens']} tokens in {facts['ms']:.0f} ms",
        style="not bold",
    )


def _prompt(facts: Facts, context: Facts) -> Text:
    """Say what the prompt cost and held, in characters by role."""
    text = Text(
        f"prompt of {facts['prompt_tokens']} tokens: {facts['reused_tokens']} reused, "
        f"{facts['computed_tokens']} computed",
        style="dim",
    )
    sizes = context.get("chars", {})
    if held := ", ".join(f"{role} {chars}" for role, chars in sizes.items() if chars):
        text.append(f" · characters: {held}")
    if facts["cut"]:
        text.append(f" · cut: {', '.join(facts['cut'])}", style="not dim yellow")
    return text


def _candidates(heard: list[Facts], tier: int) -> list[Text]:
    """Return one line for each different text of a tier."""
    alike: dict[str, list[Facts]] = {}
    for facts in heard:
        if facts["tier"] == tier:
            alike.setdefault(facts["text"], []).append(facts)
    return [_candidate(text, group) for text, group in alike.items()]


def _candidate(shown: str, group: list[Facts]) -> Text:
    verdicts = group[0]["verdicts"]
    failed = any(verdict["outcome"] == "FAIL" for verdict in verdicts)
    style = "red" if failed else "default"
    text = Text(f"{len(group)}× ", style="dim")
    text.append(one_line(shown) or "(nothing)", style=f"not dim {style}")
    for verdict in verdicts:
        mark, color = _MARKS[verdict["outcome"]]
        detail = f" {one_line(verdict['detail'])}" if verdict["outcome"] != "PASS" else ""
        text.append(f"  {mark} {verdict['check']}{detail}", style=f"not dim {color}")
    known = [facts["mean_logprob"] for facts in group if "mean_logprob" in facts]
    if known:
        text.append(f"  {max(known):.2f}")
    return text


def _voted(facts: Facts) -> list[tuple[str, Text]]:
    everything = facts["cast"] + facts["outstanding"]
    rows = [
        Text(f"{group['weight'] / everything:4.0%} ", style="bold")
        .append(one_line(group["text"]), style="not bold")
        .append(f"  {group['votes']} of {', '.join(group['models'])}", style="not bold dim")
        for group in facts["groups"]
    ]
    if facts["silence"]:
        rows.append(Text(f"{facts['silence'] / everything:4.0%} (nothing)", style="dim"))
    rows = rows or [Text("no candidate passed", style="yellow")]
    if facts["outstanding"]:
        waiting = facts["outstanding"] / everything
        rows.append(Text(f"{waiting:4.0%} (not waited for)", style="dim"))
    return [("vote" if number == 0 else "", row) for number, row in enumerate(rows)]


def _weighed(facts: Facts) -> list[tuple[str, Text]]:
    """Say what a reward gives each candidate and why, or why there is none."""
    if refusal := facts.get("refusal"):
        return [("reward", Text(f"{refusal}; the vote stands", style="red"))]
    rows = [
        Text(f"{group['reward']:4.0%} ", style="bold")
        .append(one_line(group["text"]), style="not bold")
        .append(f"  {group['why']}", style="not bold dim")
        for group in facts["groups"]
    ]
    return [("reward" if number == 0 else "", row) for number, row in enumerate(rows)]


def _route(facts: Facts) -> Text:
    tiers = ", then ".join(f"{tier['model']} × {tier['samples']}" for tier in facts["tiers"])
    manner = facts["reason"].partition(";")[0]
    within = "no deadline" if facts["deadline_ms"] is None else f"{facts['deadline_ms']} ms"
    return Text(
        f"{tiers} · one {facts['extent']}, at most {facts['max_tokens']} tokens, "
        f"{within} · {manner}"
    )


def _deadline(facts: Facts) -> Text:
    reason = facts["reason"]
    held = f"nothing to show yet: {reason}" if reason else "the best so far would be shown"
    return Text(f"{held}", style="dim")


def _tried(facts: Facts) -> Text:
    mark, color = _MARKS["PASS" if facts["helped"] else "FAIL"]
    text = Text(f"{mark} ", style=color).append(facts["how"], style="default")
    if "text" in facts:
        text.append(f": {one_line(facts['text']) or '(nothing)'}", style="default")
    if said := facts.get("detail"):
        text.append(f"  {one_line(said)}", style="dim")
    return text


def _ranked(facts: Facts) -> Text:
    if "refusal" in facts:
        return Text(f"{facts['refusal']}; the vote's order stands", style="red")
    order = (f"{one_line(row['text'])} {row['mean_logprob']:.2f}" for row in facts["order"])
    return Text(", then ".join(order))


_OTHER: dict[str, Callable[[Facts], Text]] = {
    "route": _route,
    "deadline": _deadline,
    "escalated": lambda facts: Text(f"to {facts['to']}: {facts['reason']}", style="yellow"),
    "decided": lambda facts: Text(facts["reason"], style="green"),
    "abstained": lambda facts: Text(str(facts["reason"]), style="yellow"),
    "ordered": lambda facts: Text(f"{facts['action']}, {facts['deadline_ms']} ms"),
    "tried": _tried,
    "proposed": lambda facts: Text(f"{facts['title']}: {facts['detail']}", style="green"),
    "declined": lambda facts: Text(f"{facts['title']}: {facts['reason']}", style="yellow"),
    "engine_failed": lambda facts: Text(facts["message"], style="red"),
    "unpaired": lambda facts: Text(facts["message"], style="yellow"),
    "too_dear": lambda facts: Text(f"{facts['model']}: the budget is used up", style="yellow"),
    "ranked": _ranked,
    "remembered": lambda facts: Text("what was typed since then begins it; no model was asked"),
}


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


_TEST_STEPS: dict[str, Callable[[Facts], Text]] = {
    "tests": _found,
    "tested": _tested,
    "drawn_again": lambda facts: Text(f"once more: {facts['reason']}", style="yellow"),
    "wrote_tests": lambda facts: Text(f"{facts['model']}, {facts['generations']} times"),
    "compared": lambda facts: Text(
        f"results of {facts['calls']} calls: {facts['kinds']} kinds of behavior"
    ),
}
"""The steps of a trace that are about tests, and how each is told."""
_TEST_LABELS = {"drawn_again": "again", "wrote_tests": "test writer"}


def printable(text: str) -> str:
    """Return a text in which characters that could steer a terminal are visible instead."""
    return "".join(
        character if character in "\n\t" or character.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )


def one_line(text: str, most: int = 60) -> str:
    """Return a text on one line, cut short, for a table."""
    shown = printable(text.strip("\n")).replace("\n", " ⏎ ").replace("\t", "    ")
    return shown if len(shown) <= most else shown[: most - 1] + "…"
