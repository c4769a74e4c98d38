"""The traces of scripted requests: their JSON is what scripts and editors read, and never changes
without being meant to; and what `explain` tells of them."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from ensemble.reward.reward_files import save
from ensemble.trace.candidate_events import Checked
from lsp_server.answers.trace_text import story
from lsp_server.commands.completion.complete import CompletionOutput
from lsp_server.protocol.convert import trace_result
from tests.ensemble.reward.material import reward
from tests.ensemble.trace.reading_traces import events
from tests.ensemble.trace.trace_scenarios import SCENARIOS, without_times
from tests.notation import Case, check, read_cases

TRACES = read_cases(Path(__file__).parent / "cases")
_STORED = reward(("models", 4.0), ("chars", 0.5), scorers=((-2, 1), (-1, 1)))


@pytest.mark.parametrize("case", TRACES, ids=str)
async def test_trace(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save(_STORED, tmp_path / "fitted.json")
    answer = await SCENARIOS[case.title]()
    printed = msgspec.json.encode(CompletionOutput.of(answer))
    document = json.loads(printed)
    result = trace_result(answer)
    assert result is not None
    assert json.loads(json.dumps(result, allow_nan=False))["trace"] == document["trace"]
    steps = (_as_printed(step) for step in msgspec.json.decode(printed, type=_Printed).trace)
    check(case, "trace", without_times("\n".join(steps)))
    check(case, "told", without_times(story(answer).plain))


class _Printed(msgspec.Struct):
    """What `complete --json` prints, whose steps are kept as they are printed."""

    trace: list[msgspec.Raw]


def _as_printed(step: msgspec.Raw) -> str:
    return bytes(step).decode()


async def test_what_is_half_written_at_the_deadline_is_not_told_as_a_candidate() -> None:
    answer = await SCENARIOS["what was half written at the deadline ends in another way"]()
    begun, ended = events(answer, Checked)
    assert (begun.unfinished, ended.unfinished) == (True, False)
    told = story(answer).plain
    assert "1× return width * height" in told
    assert begun.text not in told


def test_every_scenario_is_kept() -> None:
    assert {case.title for case in TRACES} == set(SCENARIOS)
