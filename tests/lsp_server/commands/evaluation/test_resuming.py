"""An evaluation that was killed goes on where it was; only what has changed is asked anew."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from ensemble.engines.local.host_client import HostClient
from lsp_server.__main__ import app
from lsp_server.commands.evaluation.evaluate import EvaluateOptions, evaluate_and_show
from lsp_server.commands.evaluation.report import in_words
from tests.ensemble.evaluation.material import written
from tests.ensemble.inference.models import SMALL
from tests.lsp_server.commands.evaluation.mortal import POLICIES, builder

TASKS = 12
CALLS = 4 * TASKS
"""Each model alone, and together with others, where it is asked for several candidates."""


def tasks(count: int = TASKS, *, word: str = "number") -> list[dict[str, str]]:
    return [
        {
            "task_id": f"Made/{n}",
            "prompt": f"def function_{n}({word}):\n",
            "suffix": "\n\nfunction()\n",
            "canonical_solution": f"    return {n % 3}\n",
        }
        for n in range(count)
    ]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    written(tmp_path / "tasks.jsonl", tasks())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    return tmp_path


def asked(log: str) -> list[str]:
    """Return the questions that models were asked, in order."""
    file = Path(log)
    return file.read_text("utf-8").splitlines() if file.exists() else []


def run(capfd: pytest.CaptureFixture[str], log: str, cache: str | None) -> tuple[Any, str]:
    """Evaluate; return the figures without the time, and what was said to people."""
    options = EvaluateOptions(
        Path("tasks.jsonl"), policies=POLICIES, cache=Path(cache) if cache else None
    )
    assert evaluate_and_show(options, as_json=True, build=builder(Path(log))) == 0
    printed, said = capfd.readouterr()
    policies = msgspec.json.decode(printed)["policies"]
    assert all(result.pop("seconds") >= 0 for result in policies.values())
    return policies, said


@pytest.mark.parametrize("dies_at", [2, CALLS // 2, CALLS])
def test_a_killed_evaluation_goes_on(
    place: Path, root: Path, capfd: pytest.CaptureFixture[str], dies_at: int
) -> None:
    module = "tests.lsp_server.commands.evaluation.mortal"
    words = (place / "tasks.jsonl", place / "kept", place / "first.log", str(dies_at))
    killed = subprocess.run([sys.executable, "-m", module, *words], cwd=root, check=False)
    assert killed.returncode == -signal.SIGKILL
    resumed, _ = run(capfd, "second.log", "kept")
    whole, _ = run(capfd, "third.log", "elsewhere")
    assert resumed == whole
    answered = asked("first.log")[:-1]  # The last one killed it.
    assert [*answered, *asked("second.log")] == asked("third.log"), (
        "nothing twice, nothing left out"
    )
    assert len(asked("third.log")) == CALLS
    assert len({(p["pass_at_1"], p["exact"]) for p in whole.values()}) > 1, "answers do differ"


def test_control_c_says_how_to_go_on(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    options = EvaluateOptions(Path("tasks.jsonl"), policies=POLICIES, cache=Path("kept"))
    build = builder(Path("first.log"), 20, by=signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        evaluate_and_show(options, as_json=True, build=build)
    printed, said = capfd.readouterr()
    assert printed == ""
    assert said.splitlines()[-1].startswith("coterie: stopped; what the models answered is kept")
    run(capfd, "second.log", "kept")
    assert len(asked("first.log")) == 20
    assert len({*asked("first.log"), *asked("second.log")}) == CALLS
    assert len(asked("second.log")) in (CALLS - 20, CALLS - 19)


def test_policies_are_compared_without_asking_again(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first, _ = run(capfd, "first.log", "kept")
    second, said = run(capfd, "second.log", "kept")
    assert second == first
    assert asked("second.log") == []
    assert said == "", "there is nothing to wait for"


def test_what_has_changed_is_asked_anew(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run(capfd, "first.log", "kept")
    written(place / "tasks.jsonl", [*tasks(4, word="n"), *tasks()[4:]])
    run(capfd, "second.log", "kept")
    assert len(asked("second.log")) == CALLS // TASKS * 4
    # A model is its file: another one under a known name is not taken for it.
    (place / "other.gguf").write_bytes(Path(SMALL.path).read_bytes() + b"\0")
    (place / "config.toml").write_text('models.small.path = "other.gguf"\n')
    with pytest.MonkeyPatch.context() as env:
        env.setenv("COTERIE_CONFIG", str(place / "config.toml"))
        run(capfd, "third.log", "kept")
    assert len(asked("third.log")) == CALLS // 2
    assert {line.split()[0] for line in asked("third.log")} == {"small"}


def test_a_broken_cache_is_set_aside_with_one_message(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    whole, _ = run(capfd, "first.log", "kept")
    for file in (place / "kept").iterdir():
        file.write_bytes(b"broken" * 1000)
    again, said = run(capfd, "second.log", "kept")
    assert again == whole
    assert asked("second.log") == asked("first.log")
    assert len([line for line in said.splitlines() if "broken" in line]) == 1
    assert run(capfd, "third.log", "kept")[0] == whole
    assert asked("third.log") == []


def test_without_a_cache_every_run_asks_everything_once(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first, said = run(capfd, "first.log", None)
    second, _ = run(capfd, "second.log", None)
    assert second == first
    assert asked("second.log") == asked("first.log")
    assert len(set(asked("first.log"))) == len(asked("first.log")) == CALLS
    assert "answers are not kept" in said


def test_how_long_it_takes_is_said_soon(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _, said = run(capfd, "log", "kept")
    assert re.match(r"coterie: asking the models for 12 tasks takes about \d+ s; ", said)
    assert "answers are kept in kept, so after an interruption the same command goes on" in said


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (89, "89 s"), (95, "2 min"), (3600, "60 min"), (7300, "2.0 h")],
)
def test_durations_are_no_more_exact_than_a_forecast(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_known_answers_need_no_model(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the command line and the embedded models; the second time nothing is started."""
    written(place / "tasks.jsonl", tasks(2))
    words = ["evaluate", "tasks.jsonl", "--policy", "small", "--policy", "vote", "--json"]
    results = []
    for options in ([], ["--cache", str(place / "caches/coterie/evaluation")]):
        done = CliRunner().invoke(app, [*words, *options])
        assert done.exit_code == 0, done.stderr
        results.append(msgspec.json.decode(done.stdout)["policies"])

        async def refuse(host: HostClient) -> None:
            raise AssertionError("a host was started")

        monkeypatch.setattr(HostClient, "start", refuse)
    for name, result in results[0].items():
        seconds = result.pop("seconds")
        assert results[1][name].pop("seconds") == pytest.approx(seconds, abs=1.0)
    assert results[0] == results[1]
    assert results[0]["vote"]["calls"] == {"large": 4, "small": 6}


def test_a_cache_and_none_is_a_wrong_command_line(place: Path) -> None:
    done = CliRunner().invoke(app, ["evaluate", "tasks.jsonl", "--cache", ".", "--no-cache"])
    assert done.exit_code == 2
    assert "--cache and --no-cache contradict each other" in done.stderr
