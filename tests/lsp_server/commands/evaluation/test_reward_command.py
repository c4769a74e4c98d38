"""`coterie evaluate` with a reward: held out, fitted, written, and used by a policy's file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ensemble.reward.reward_files import load
from lsp_server.__main__ import app
from tests.ensemble.evaluation.material import written

PROBLEMS = 16
MODELS = ("careful", "hasty", "lazy")


def task(problem: int, hole: int) -> dict[str, Any]:
    return {
        "task_id": f"Made/{problem}/L{hole}",
        "prompt": f"def f{hole}(n):\n    total = n\n",
        "suffix": "    return total\n",
        "canonical_solution": f"    total += {problem}\n",
        "problem": f"Made/{problem}",
    }


def said(model: str, problem: int, hole: int) -> str:
    """Two models that copy from each other outvote the one that is mostly right."""
    number = problem + hole
    right = number % 8 != 0 if model == "careful" else number % 4 == 0
    return f"    total += {problem}\n" if right else f"    total -= {problem + 1}\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with tasks of which nothing has to be run, and recordings of three models."""
    monkeypatch.chdir(tmp_path)
    holes = [(problem, hole) for problem in range(PROBLEMS) for hole in range(2)]
    written(tmp_path / "tasks.jsonl", [task(*hole) for hole in holes])
    rows = [
        {"task_id": f"Made/{p}/L{h}", "model": model, "samples": [said(model, p, h)]}
        for model in MODELS
        for p, h in holes
    ]
    written(tmp_path / "recorded.jsonl", rows)
    return tmp_path


RECORDED = ("tasks.jsonl", "--recorded", "recorded.jsonl", "--json")


def typed(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["evaluate", *RECORDED, *words])
    return done.exit_code, done.stdout, done.stderr


def policies(printed: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(printed)["policies"]
    return found


POLICY = """
minimum_agreement = 0.0
minimum_reward = {minimum}
reward = "fitted.json"

[[tiers]]
model = "careful"
decides = false

[[tiers]]
model = "hasty"
decides = false

[[tiers]]
model = "lazy"
decides = false
"""


def test_the_default_reward_is_measured_on_problems_it_was_not_fitted_on(place: Path) -> None:
    code, printed, _ = typed("--policy", "vote", "--policy", "reward", "--policy", "careful")
    found = policies(printed)
    assert code == 0
    assert found["reward"]["fitted_on"] == "the other problems of the same tasks"
    assert found["reward"]["pass_at_1"] == found["careful"]["pass_at_1"] == 0.875
    assert found["vote"]["pass_at_1"] < 0.4
    assert found["reward"]["calls"] == found["vote"]["calls"]
    assert found["reward"]["shown"] == 2 * PROBLEMS


def test_it_is_fitted_and_used_by_a_policy(place: Path) -> None:
    code, printed, told = typed("--policy", "vote", "--fit-reward", "fitted.json")
    assert code == 0
    assert "reward" in policies(printed), "what is fitted is also measured, held out"
    assert "held out, 87.5% of the first ones are right; area under the curve" in told
    assert "would keep 95% of what is right" in told
    fitted = load(str(place / "fitted.json"), MODELS)
    assert fitted.fitted_on == "tasks.jsonl, 32 tasks"
    assert (fitted.holes, fitted.problems) == (32, PROBLEMS)

    for name, minimum in (("ours", 0.0), ("strict", 0.999)):
        (place / f"{name}.toml").write_text(POLICY.format(minimum=minimum))
    code, printed, told = typed("--policy", "ours.toml", "--policy", "strict.toml")
    assert (code, told) == (0, "")
    found = policies(printed)
    assert found["ours"]["fitted_on"] == "tasks.jsonl, 32 tasks"
    assert found["ours"]["pass_at_1"] == 0.875
    assert (found["strict"]["shown"], found["strict"]["pass_at_1"]) == (0, 0.0)


COULD_NOT = {
    "an absent reward": ((), "the reward fitted.json cannot be read"),
    "one for other models": (("careful", "hasty"), "does not know 'lazy'"),
}


@pytest.mark.parametrize(("models", "message"), COULD_NOT.values(), ids=COULD_NOT)
def test_a_policy_with_a_reward_that_is_refused_is_one_message(
    place: Path, models: tuple[str, ...], message: str
) -> None:
    (place / "ours.toml").write_text(POLICY.format(minimum=0.0))
    if models:
        rows = [json.loads(line) for line in (place / "recorded.jsonl").read_text().splitlines()]
        written(place / "two.jsonl", [row for row in rows if row["model"] in models])
        words = ["evaluate", "tasks.jsonl", "--recorded", "two.jsonl", "--policy", "vote"]
        fitting = CliRunner().invoke(app, [*words, "--fit-reward", "fitted.json"])
        assert fitting.exit_code == 0
    code, printed, told = typed("--policy", "ours.toml")
    assert (code, printed) == (1, "")
    assert told.startswith("coterie: ours.toml: ")
    assert told.count("\n") == 1
    assert message in told


def test_too_few_tasks_leave_the_vote(place: Path) -> None:
    words = ("--limit", "6", "--policy", "reward", "--policy", "vote")
    code, printed, told = typed(*words)
    found = policies(printed)
    assert code == 0
    assert "the vote stands" in told
    assert found["reward"]["fitted_on"] is None
    assert found["reward"]["pass_at_1"] == found["vote"]["pass_at_1"]
    code, printed, told = typed("--limit", "6", "--fit-reward", "fitted.json")
    assert (code, printed) == (1, "")
    assert told.startswith("coterie: no reward can be fitted, the vote stands: ")
    assert not (place / "fitted.json").exists()


def test_a_file_that_cannot_be_written_is_one_message(place: Path) -> None:
    code, _, told = typed("--policy", "vote", "--fit-reward", "tasks.jsonl/fitted.json")
    assert code == 1
    assert "tasks.jsonl/fitted.json: cannot be written: " in told
