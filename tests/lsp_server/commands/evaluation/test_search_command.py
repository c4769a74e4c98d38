"""`coterie evaluate --search`: what it writes, what it prints, and how it ends when it cannot."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from ensemble.engines.engine import Engine, GenerationRequest
from ensemble.engines.scripted import ScriptedEngine
from ensemble.evaluation.members import Member
from ensemble.evaluation.plans import named_plan, read_plan
from lsp_server.__main__ import app
from lsp_server.commands.evaluation.evaluate import EvaluateOptions
from lsp_server.commands.evaluation.search import Found, SearchOptions, search
from lsp_server.settings.layers import Settings
from tests.ensemble.evaluation.material import written
from tests.ensemble.evaluation.search import synthetic
from tests.ensemble.inference.models import SMALL

PROBLEMS = 9


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with tasks to fit on, others to measure, and recordings of both."""
    made = synthetic.tasks(2 * PROBLEMS, holes=3)
    half = len(made) // 2
    for name, some in (("fit", made[:half]), ("other", made[half:])):
        written(tmp_path / f"{name}.jsonl", [msgspec.to_builtins(task) for task in some])
    written(tmp_path / "recorded.jsonl", synthetic.rows(made))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def typed(*words: str) -> tuple[int, str, str]:
    """Return the exit code, standard output and standard error of `coterie evaluate`."""
    done = CliRunner().invoke(app, ["evaluate", *words, "--recorded", "recorded.jsonl"])
    return done.exit_code, done.stdout, done.stderr


def test_the_file_runs_unchanged_on_other_tasks(place: Path) -> None:
    code, printed, _ = typed("fit.jsonl", "--search", "--out", "mine.toml", "--json")
    assert code == 0
    found = msgspec.json.decode(printed, type=Found, strict=True)
    assert found.out == "mine.toml"
    assert "broken" not in found.models
    assert found.fitted.tasks == 3 * PROBLEMS
    assert found.validated.tasks == 3 * PROBLEMS
    code, printed, _ = typed("other.jsonl", "--policy", "mine.toml", "--json")
    assert code == 0
    result = msgspec.json.decode(printed)["policies"]["mine"]
    assert result["fitted_on"] == f"fit.jsonl: 27 tasks of {PROBLEMS} problems; recorded.jsonl"
    assert result["tasks"] == 3 * PROBLEMS


def test_the_file_decides_what_is_completed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By `--policy`, and by the setting."""
    assert typed("fit.jsonl", "--search", "--out", "mine.toml", "--json")[0] == 0
    models = [tier.model for tier in read_plan(place / "mine.toml").policy.tiers]
    paths = "".join(f'models.{name}.path = "{SMALL.path}"\n' for name in sorted(set(models)))
    config = place / "config.toml"
    monkeypatch.setenv("COTERIE_CONFIG", str(config))
    (place / "add.py").write_text("def add(first, second):\n    return \n")
    for setting, words in (("", ["--policy", "mine.toml"]), ('policy = "mine.toml"\n', [])):
        config.write_text(setting + paths)
        done = CliRunner().invoke(app, ["complete", "add.py:2:12", "--json", *words])
        assert done.exit_code == 0, done.stderr
        route = msgspec.json.decode(done.stdout)["trace"][0]
        assert [tier["model"] for tier in route["facts"]["tiers"]] == models


def test_people_get_a_table_before_the_document(place: Path) -> None:
    code, printed, said = typed(
        "fit.jsonl", "--search", "--out", "mine.toml", "--budget", "250%", "--risk", "0.3"
    )
    assert code == 0, said
    assert "fitted, on these tasks" in printed
    assert msgspec.json.decode(printed.splitlines()[-1], type=Found).validated.shown <= 1
    assert "mine.toml is written" in " ".join(said.split())
    assert read_plan(place / "mine.toml").policy.minimum_agreement > 0


def test_a_reward_is_written_beside_the_policy(place: Path) -> None:
    made = synthetic.tasks(40, holes=4)
    for name, some in (("fit", made[: len(made) // 2]), ("other", made[len(made) // 2 :])):
        written(place / f"{name}.jsonl", [msgspec.to_builtins(task) for task in some])
    models = {"tiny": 0.6, "middle": 0.7}
    written(place / "recorded.jsonl", synthetic.rows(made, accuracy=models))
    (place / "there").mkdir()
    code, _, said = typed("fit.jsonl", "--search", "--out", "there/mine.toml", "--target", "0.1")
    assert code == 0, said
    policy = tomllib.loads((place / "there" / "mine.toml").read_text(encoding="utf-8"))
    assert policy["reward"] == "mine.reward.json", "relative to the policy's file"
    assert policy["minimum_reward"] > 0
    code, printed, said = typed("other.jsonl", "--policy", "there/mine.toml", "--json")
    assert code == 0, said
    result = msgspec.json.decode(printed)["policies"]["mine"]
    assert result["shown_right"] >= 0.9 * result["shown"] > 0
    assert result["shown"] < result["tasks"]


WRONG = {
    "no file to write": (("fit.jsonl", "--search"), 2, "--search needs --out"),
    "a policy beside a search": (
        ("fit.jsonl", "--search", "--out", "mine.toml", "--policy", "vote"), 2, "leave out",
    ),
    "a target beside a risk": (
        ("fit.jsonl", "--search", "--out", "mine.toml", "--risk", "0.1", "--target", "0.1"), 2,
        "give only one",
    ),
    "a budget in words": (
        ("fit.jsonl", "--search", "--out", "mine.toml", "--budget", "little"), 2, "'little'",
    ),
    "a budget that nothing meets": (
        ("fit.jsonl", "--search", "--out", "mine.toml", "--budget", "0.1"), 1, "budget of 0.1",
    ),
    "a place that is none": (
        ("fit.jsonl", "--search", "--out", "absent/mine.toml"), 1, "cannot be written",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("words", "code", "message"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_done_is_said(
    place: Path, words: tuple[str, ...], code: int, message: str
) -> None:
    ended, printed, said = typed(*words)
    assert (ended, printed) == (code, "")
    assert message in " ".join(said.split())


class Live(ScriptedEngine):
    """A live model that is right where the number of the hole is small."""

    def __init__(self, name: str, right: int) -> None:
        super().__init__(name, lambda request: [self._say(request)])
        self._right = right

    def _say(self, request: GenerationRequest) -> str:
        found = re.search(r"Made/(\d+)/L(\d+)", request.document)
        assert found is not None
        problem, hole = map(int, found.groups())
        right = f"    total = a * {problem} + b * {hole}\n"
        return right if hole < self._right else f"    total = a - {len(self.name)}\n"


def test_live_models_are_asked_once_for_each_task(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    opened: list[Live] = []

    def build(settings: Settings, models: Iterable[str]) -> Mapping[str, Engine]:
        engines = {name: Live(name, 2 if name == "small" else 3) for name in models}
        opened.extend(engines.values())
        return dict(engines)

    wanted = SearchOptions(place / "live.toml")
    assert search(wanted, EvaluateOptions(place / "fit.jsonl"), as_json=True, build=build) == 0
    found = msgspec.json.decode(capfd.readouterr().out, type=Found)
    assert found.fitted.right == 1
    assert sum(len(engine.requests) for engine in opened) == 2 * 3 * PROBLEMS
    assert read_plan(place / "live.toml").policy.tiers[0].model in ("small", "large")


POLICIES = sorted(Path("benchmarks/quality/policies").absolute().glob("*.toml"))


@pytest.mark.parametrize("file", POLICIES, ids=lambda file: file.stem)
def test_every_kept_policy_is_a_policy_for_its_models(file: Path) -> None:
    plan = read_plan(file)
    members = [Member(model, 1.0, 1, live=False) for model in plan.policy.models]
    assert named_plan(str(file), members) == plan
