"""Learning by itself: when there is news, and never in anybody's way."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ensemble.learning.outcomes import SuggestionEnding, SuggestionOutcome, outcome_store
from ensemble.learning.router_files import local_file, read_weights
from ensemble.routing.latencies import Latencies
from ensemble.trace.candidate_events import Generated
from ensemble.trace.request_events import Decided
from ensemble.trace.trace import Step
from lsp_server.feedback.learning import learn_if_due
from lsp_server.settings.layers import load_file, with_client_options


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def outcomes(count: int, ending: SuggestionEnding | None = None) -> list[SuggestionOutcome]:
    chance = random.Random(1)
    found = []
    for number in range(count):
        taken = chance.random() < (0.2 if number % 2 else 0.8)
        found.append(
            SuggestionOutcome(
                "2026-11-20", "small", 0, "python", "automatic",
                ending or (SuggestionEnding.ACCEPTED if taken else SuggestionEnding.PASSED),
                accepted=float(taken), features={"in_string": float(number % 2)},
            )
        )  # fmt: skip
    return found


def learned_rows() -> int:
    return read_weights(local_file()).rows if local_file().exists() else 0


def test_nothing_is_learned_of_little() -> None:
    learn_if_due(load_file())
    outcome_store().append(outcomes(59))
    learn_if_due(load_file())
    assert learned_rows() == 0


def test_what_says_nothing_is_no_evidence() -> None:
    outcome_store().append(outcomes(200, SuggestionEnding.IGNORED))
    learn_if_due(load_file())
    assert learned_rows() == 0


def test_it_learns_anew_when_there_is_news() -> None:
    outcome_store().append(outcomes(200))
    learn_if_due(load_file())
    assert learned_rows() == 200
    outcome_store().append(outcomes(10))
    learn_if_due(load_file())
    assert learned_rows() == 200
    outcome_store().append(outcomes(20))
    learn_if_due(load_file())
    assert learned_rows() == 230


def test_it_learns_nothing_if_that_is_not_wanted() -> None:
    outcome_store().append(outcomes(200))
    learn_if_due(with_client_options(load_file(), {"router": "fixed"}))
    assert learned_rows() == 0


def test_a_broken_router_is_fitted_anew() -> None:
    outcome_store().append(outcomes(100))
    local_file().write_text("{")
    learn_if_due(load_file())
    assert learned_rows() == 100


def test_broken_outcomes_are_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    outcome_store().file.parent.mkdir(parents=True)
    outcome_store().file.write_text("no database" * 100)
    learn_if_due(load_file())
    assert "the router has learned nothing" in caplog.text


def _generated(milliseconds: float) -> Generated:
    return Generated(
        tier=0, model="small", asked=1, finished=1, stops=(), prompt_tokens=0, reused_tokens=0,
        computed_tokens=0, generated_tokens=0, cut={}, ms=milliseconds,
    )  # fmt: skip


def test_a_pace_follows_what_models_take() -> None:
    heard: list[Step] = []
    paces = Latencies()
    watch = paces.watching(heard.append)
    for milliseconds in (100, 100, 1100):
        watch(Step.of(_generated(milliseconds)))
    watch(Step.of(Decided(0, "agreement 1.00")))
    assert paces.seconds == pytest.approx({"small": 0.4})
    assert [step.name for step in heard] == ["generated"] * 3 + ["decided"]
