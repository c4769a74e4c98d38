"""A trace as text for people: what happened on the way to an answer, and why."""

from __future__ import annotations

from typing import assert_never

from rich.text import Text

from code_checks.verdict import Outcome
from ensemble.trace.action_events import ActionEvent
from ensemble.trace.candidate_events import Checked, DecodingLeftOut, Generated, PromptBuilt
from ensemble.trace.request_events import Finished, RequestEvent
from ensemble.trace.testing_events import TestingEvent
from ensemble.trace.trace import Answer, TraceEvent
from ensemble.trace.vote_events import (
    DeadlineReached,
    Ranked,
    RankingRefused,
    Rewarded,
    RewardUnusable,
    Voted,
)
from lsp_server.answers.event_text import MARKS, action_line, request_line, testing_line
from lsp_server.answers.printable import one_line

_LABEL_WIDTH = 11
_LABELS = {
    "engine_failed": "failed",
    "too_dear": "too dear",
    "voted": "vote",
    "weighed": "reward",
    "drawn_again": "again",
    "wrote_tests": "test writer",
}
"""What stands before an event's lines, where it is not the event's name."""


def story(answer: Answer) -> Text:
    """Return the trace in lines: what happened, and the facts of it."""
    checked: list[Checked] = []
    prompts: dict[int, PromptBuilt] = {}
    told: list[tuple[str, list[Text]]] = []
    for step in answer.trace:
        match step.event:
            case PromptBuilt() as prompt:
                prompts[prompt.tier] = prompt
            case Checked(unfinished=True):
                pass  # Its end follows, if anybody waits for it.
            case Checked() as candidate:
                checked.append(candidate)
            case Generated(tier=tier) as generated:
                told.append((f"tier {tier + 1}", _tier(generated, prompts.get(tier), checked)))
                checked.clear()
            case event:
                told.append((_LABELS.get(event.name, event.name), _lines(event)))
    told.append(("cost", [Text(_cost(answer))]))
    return Text("\n").join(
        Text.assemble((f"{'' if number else label:<{_LABEL_WIDTH}}", "bold cyan"), line)
        for label, lines in told
        for number, line in enumerate(lines)
    )


def _lines(event: TraceEvent) -> list[Text]:
    """Say what happened in one event. Nothing is said of those that are told with their tier."""
    if isinstance(event, RequestEvent):
        return [request_line(event)]
    if isinstance(event, TestingEvent):
        return [testing_line(event)]
    if isinstance(event, ActionEvent):
        return [action_line(event)]
    match event:
        case PromptBuilt() | Checked() | Generated() | Finished():
            return []
        case Voted():
            return _voted(event)
        case Rewarded():
            return _rewarded(event)
        case DeadlineReached():
            return [_deadline(event)]
        case Ranked():
            order = (f"{one_line(row.text)} {row.mean_logprob:.2f}" for row in event.order)
            return [Text(", then ".join(order))]
        case RankingRefused():
            return [Text(f"{event.refusal}; the vote's order stands", style="red")]
        case RewardUnusable():
            return [Text(f"{event.refusal}; the vote stands", style="red")]
        case DecodingLeftOut():
            return [Text(event.message, style="yellow")]
    assert_never(event)


def _cost(answer: Answer) -> str:
    usage = answer.usage
    return (
        f"{answer.elapsed_ms:.0f} ms · {usage.prompt} prompt tokens, {usage.reused} of them reused "
        f"· {usage.generated} generated"
    )


def _tier(generated: Generated, prompt: PromptBuilt | None, checked: list[Checked]) -> list[Text]:
    """Say what a tier's model wrote, what its prompt held, and each of its different texts."""
    wrote = Text(generated.model, style="bold").append(
        f" wrote {generated.finished} of {generated.asked} candidates: "
        f"{generated.generated_tokens} tokens in {generated.ms:.0f} ms",
        style="not bold",
    )
    alike: dict[str, list[Checked]] = {}
    for candidate in checked:
        if candidate.tier == generated.tier:
            alike.setdefault(candidate.text, []).append(candidate)
    candidates = [_candidate(text, group) for text, group in alike.items()]
    return [wrote, _prompt(generated, prompt), *candidates]


def _prompt(generated: Generated, prompt: PromptBuilt | None) -> Text:
    """Say what the prompt cost and held, in characters by role."""
    text = Text(
        f"prompt of {generated.prompt_tokens} tokens: {generated.reused_tokens} reused, "
        f"{generated.computed_tokens} computed",
        style="dim",
    )
    sizes = prompt.chars if prompt is not None else {}
    if held := ", ".join(f"{role} {chars}" for role, chars in sizes.items() if chars):
        text.append(f" · characters: {held}")
    if generated.cut:
        text.append(f" · cut: {', '.join(generated.cut)}", style="not dim yellow")
    return text


def _candidate(shown: str, group: list[Checked]) -> Text:
    verdicts = group[0].verdicts
    failed = any(verdict.outcome is Outcome.FAIL for verdict in verdicts)
    style = "red" if failed else "default"
    text = Text(f"{len(group)}× ", style="dim")
    text.append(one_line(shown) or "(nothing)", style=f"not dim {style}")
    for verdict in verdicts:
        mark, color = MARKS[verdict.outcome]
        detail = "" if verdict.outcome is Outcome.PASS else f" {one_line(verdict.detail)}"
        text.append(f"  {mark} {verdict.check}{detail}", style=f"not dim {color}")
    known = [candidate.mean_logprob for candidate in group if candidate.mean_logprob is not None]
    if known:
        text.append(f"  {max(known):.2f}")
    return text


def _voted(vote: Voted) -> list[Text]:
    everything = vote.cast + vote.outstanding
    rows = [
        Text(f"{group.weight / everything:4.0%} ", style="bold")
        .append(one_line(group.text), style="not bold")
        .append(f"  {group.votes} of {', '.join(group.models)}", style="not bold dim")
        for group in vote.groups
    ]
    if vote.silence:
        rows.append(Text(f"{vote.silence / everything:4.0%} (nothing)", style="dim"))
    rows = rows or [Text("no candidate passed", style="yellow")]
    if vote.outstanding:
        waiting = vote.outstanding / everything
        rows.append(Text(f"{waiting:4.0%} (not waited for)", style="dim"))
    return rows


def _rewarded(event: Rewarded) -> list[Text]:
    """Say what a reward gives each candidate, and why."""
    return [
        Text(f"{group.reward:4.0%} ", style="bold")
        .append(one_line(group.text), style="not bold")
        .append(f"  {group.why}", style="not bold dim")
        for group in event.groups
    ]


def _deadline(event: DeadlineReached) -> Text:
    reason = event.reason
    held = f"nothing to show yet: {reason}" if reason else "the best so far would be shown"
    return Text(held, style="dim")
