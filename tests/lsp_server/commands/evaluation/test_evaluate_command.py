"""`coterie evaluate`: what scripts read, what people read, and how it ends when it cannot."""

from __future__ import annotations

import shutil
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from typer.testing import CliRunner

from ensemble.engines.engine import Engine
from ensemble.engines.scripted import ScriptedEngine
from ensemble.models.info import ModelInfo
from lsp_server.__main__ import app
from lsp_server.commands.command_errors import CommandError
from lsp_server.commands.evaluation.evaluate import EvaluateOptions, evaluate_and_show
from lsp_server.settings.layers import Settings
from tests.ensemble.evaluation.material import TASKS, recordings, written


class Result(msgspec.Struct, forbid_unknown_fields=True):
    kind: Literal["single", "policy", "bound"]
    fitted_on: str | None
    tasks: int
    exact: float
    parses: float
    pass_at_1: float
    ci95: tuple[float, float]
    cost: float
    calls: dict[str, int]
    shown: int
    shown_right: int
    prompt_tokens: int
    generated_tokens: int
    seconds: float
    escalated: int


class Contract(msgspec.Struct, forbid_unknown_fields=True):
    """The one JSON document that scripts rely on, with every field required."""

    policies: dict[str, Result]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with tasks, recordings and a policy in it."""
    written(tmp_path / "tasks.jsonl", TASKS)
    written(tmp_path / "recorded.jsonl.gz", recordings())
    (tmp_path / "two.toml").write_text('[[tiers]]\nmodel = "beta"\n[[tiers]]\nmodel = "gamma"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def typed(*words: str) -> tuple[int, str, str]:
    """Return the exit code, standard output and standard error of `coterie evaluate`."""
    done = CliRunner().invoke(app, ["evaluate", *words])
    return done.exit_code, done.stdout, done.stderr


RECORDED = ("tasks.jsonl", "--recorded", "recorded.jsonl.gz")


@pytest.mark.needs("sandbox")
def test_json_is_one_document_and_nothing_else(place: Path) -> None:
    code, printed, said = typed(*RECORDED, "--json")
    assert (code, said) == (0, "")
    assert printed.endswith("}\n")
    document = msgspec.json.decode(printed, type=Contract, strict=True)
    assert [*document.policies] == [
        "alpha", "beta", "gamma", "best-first", "vote", "cascade", "cascade+vote", "reward", "any",
    ]  # fmt: skip


@pytest.mark.needs("sandbox")
def test_people_get_a_table_and_scripts_its_last_line(place: Path) -> None:
    code, printed, said = typed(*RECORDED, "--policy", "alpha", "--policy", "two.toml")
    assert (code, said) == (0, "")
    lines = printed.rstrip("\n").split("\n")
    assert lines[0].split()[:3] == ["policy", "tasks", "pass@1"]
    assert lines[1].startswith("alpha")
    assert "75.0%" in lines[1]
    document = msgspec.json.decode(lines[-1], type=Contract, strict=True)
    assert [*document.policies] == ["alpha", "two"]


@pytest.mark.needs("sandbox")
def test_a_limit_draws_the_same_tasks_each_time(place: Path) -> None:
    words = (*RECORDED, "--limit", "2", "--json", "--policy", "alpha")
    first, second = typed(*words)[1], typed(*words)[1]
    results = [msgspec.json.decode(p, type=Contract).policies["alpha"] for p in (first, second)]
    assert results[0].tasks == 2
    assert results[0].pass_at_1 == results[1].pass_at_1


@pytest.mark.needs("sandbox")
def test_the_picture_shows_every_policy(place: Path) -> None:
    code, _, said = typed(*RECORDED, "--picture", "here.svg")
    assert (code, said) == (0, "")
    root = ET.fromstring((place / "here.svg").read_text())
    texts = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "tasks.jsonl: quality against cost, 4 tasks"
    for name in ("alpha", "vote", "cascade+vote", "any"):
        assert any(text.startswith(f"{name} ") for text in texts)


COULD_NOT = {
    "no such tasks": (("absent.jsonl",), 1, "absent.jsonl cannot be read: No such file"),
    "a folder": ((".", "--recorded", "recorded.jsonl.gz"), 1, " cannot be read: Is a directory"),
    "tasks that are none": (("two.toml",), 1, "two.toml, line 1: "),
    "no such recordings": (
        ("tasks.jsonl", "--recorded", "absent.gz"), 1, "absent.gz cannot be read: No such file",
    ),
    "recordings that are none": (
        ("tasks.jsonl", "--recorded", "tasks.jsonl"), 1, "tasks.jsonl, line 1: ",
    ),
    "an unknown policy": (
        (*RECORDED, "--policy", "votes"), 2, "there is no policy or model 'votes'; known: alpha",
    ),
    "a bad policy file": ((*RECORDED, "--policy", "tasks.jsonl"), 1, "tasks.jsonl is no policy: "),
    "a picture where none can be": (
        (*RECORDED, "--policy", "alpha", "--picture", "tasks.jsonl/p.svg"), 1, "cannot be written",
    ),
    "neither tasks nor a repository": ((), 2, "give a file of tasks, or --repo with a folder"),
    "both": (("tasks.jsonl", "--repo", "."), 2, "and not both"),
    "no such repository": (("--repo", "absent"), 1, "absent: no such folder"),
    "a limit of none": ((*RECORDED, "--limit", "0"), 2, "--limit"),
    "recordings of other tasks": (
        ("other.jsonl", "--recorded", "recorded.jsonl.gz"), 1, "alpha has nothing for 1 of 1 tasks",
    ),
}  # fmt: skip


NEEDS = {"a picture where none can be": ["sandbox"]}
"""What has to be run before it cannot be done."""


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        pytest.param(*row, id=name, marks=pytest.mark.needs(*NEEDS.get(name, [])))
        for name, row in COULD_NOT.items()
    ],
)
def test_what_cannot_be_done_is_one_message(
    place: Path, words: tuple[str, ...], code: int, message: str
) -> None:
    written(place / "other.jsonl", [{**TASKS[0], "task_id": "other"}])
    found, printed, said = typed(*words)
    assert (found, printed) == (code, "")
    assert message in said
    if "--limit" not in words:  # A wrong value of an option is the command line parser's to say.
        assert said.startswith("coterie: ")
        assert said.count("\n") == 1


class Sized(ScriptedEngine):
    """A live model of two billion parameters."""

    async def info(self) -> ModelInfo:
        return msgspec.structs.replace(await super().info(), parameters=2_000_000_000)


def build(settings: Settings, models: Iterable[str]) -> Mapping[str, Engine]:
    """Open live models that all say the same."""
    return {name: Sized(name, ["    return result\n"]) for name in models}


def live(request: EvaluateOptions, capfd: pytest.CaptureFixture[str]) -> Contract:
    assert evaluate_and_show(request, as_json=True, build=build) == 0
    return msgspec.json.decode(capfd.readouterr().out, type=Contract, strict=True)


@pytest.mark.needs("sandbox")
def test_the_machines_models_take_part_unless_there_are_recordings(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    tasks, recorded = place / "tasks.jsonl", (place / "recorded.jsonl.gz",)
    assert {"small", "large", "vote"} < live(EvaluateOptions(tasks), capfd).policies.keys()
    assert "small" not in live(EvaluateOptions(tasks, recorded=recorded), capfd).policies
    both = live(EvaluateOptions(tasks, recorded=recorded, live=True), capfd).policies
    assert {"alpha", "small"} < both.keys()
    assert both["small"].pass_at_1 == 0.25
    assert both["small"].cost == 2.0
    assert both["vote"].calls == dict.fromkeys(("alpha", "beta", "gamma", "small", "large"), 4)


def test_holes_are_cut_from_a_repository(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    repository = place / "project"
    repository.mkdir()
    (repository / "app.py").write_text("def double(n):\n    result = n * 2\n    return result\n")
    (repository / ".env").write_text("TOKEN = 'x'\n")
    shutil.copy(repository / "app.py", repository / "ignored.py")
    (repository / ".coterie.toml").write_text('exclude = ["ignored.py"]\n')
    request = EvaluateOptions(repository=repository, policies=("small",), picture=place / "p.svg")
    result = live(request, capfd).policies["small"]
    # Three whole lines, one or two rests, one block, of one file; the model says one of the lines.
    assert result.tasks in (5, 6)
    assert 0 < result.pass_at_1 < 1
    assert (place / "p.svg").is_file()


def test_a_repository_without_code_is_refused(place: Path) -> None:
    (place / "empty").mkdir()
    with pytest.raises(CommandError, match="empty: no file in it that holes can be cut from"):
        evaluate_and_show(EvaluateOptions(repository=place / "empty"), as_json=True, build=build)
