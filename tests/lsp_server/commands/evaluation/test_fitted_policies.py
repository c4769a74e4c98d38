"""What `coterie evaluate` fits is what the command line and the server then ask by: from recorded
tasks to a file, and from the file to a request's route."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from ensemble.policy.files import read_policy
from lsp_server.__main__ import app
from tests.ensemble.evaluation.material import written
from tests.ensemble.evaluation.search import synthetic
from tests.lsp_server.conftest import PATIENT, Start

ACCURACY = {"small": 0.6, "large": 0.7}
"""How often the recorded models are right, which bear the names of a user's."""
TASKS = ("tasks.jsonl", "--recorded", "recorded.jsonl", "--json")
VOTES_ALONE = """
reward = "fitted.json"
minimum_agreement = 0.0
[[tiers]]
model = "large"
samples = 1
decides = false
[[tiers]]
model = "small"
samples = 4
decides = false
"""
"""A policy that somebody wrote around a reward that was fitted."""
FITTED: dict[str, tuple[str, ...]] = {
    "--search": ("--search", "--out", "mine.toml"),
    "--search with a reward": ("--search", "--out", "mine.toml", "--target", "0.1"),
    "--fit-router": ("--fit-router", "mine.toml"),
    "--fit-reward": ("--policy", "vote", "--fit-reward", "fitted.json"),
}
"""The options that fit something, by what they write."""


@pytest.fixture(scope="module", params=FITTED)
def fitted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the options of the case write, and a policy that they are used by."""
    folder = tmp_path_factory.mktemp("fitted")
    made = synthetic.tasks(40, holes=4)
    written(folder / "tasks.jsonl", [msgspec.to_builtins(task) for task in made])
    written(folder / "recorded.jsonl", synthetic.rows(made, accuracy=ACCURACY))
    if request.param == "--fit-reward":
        (folder / "mine.toml").write_text(VOTES_ALONE)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        done = CliRunner().invoke(app, ["evaluate", *TASKS, *FITTED[request.param]])
    assert done.exit_code == 0, done.stderr
    policy = read_policy(folder / "mine.toml").policy
    assert bool(policy.router) == (request.param == "--fit-router")
    assert bool(policy.reward) == ("reward" in request.param)
    return folder


@pytest.fixture
def file(fitted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The policy's file, in the working folder."""
    shutil.copytree(fitted, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "mine.toml"


def asked(file: Path) -> list[dict[str, Any]]:
    """Return whom the file's policy asks, as a trace says it."""
    tiers = read_policy(file).policy.tiers
    return [{"model": tier.model, "samples": tier.samples} for tier in tiers]


def routed(trace: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the facts of a trace's first step, the route."""
    assert trace[0]["event"] == "route"
    facts: dict[str, Any] = trace[0]["facts"]
    return facts


def matches(facts: dict[str, Any], file: Path) -> None:
    """A router may begin elsewhere, so there the order is its own, and it says so."""
    if read_policy(file).policy.router is None:
        assert facts["tiers"] == asked(file)
    else:
        assert "learned: " in facts["reason"]
        assert sorted(facts["tiers"], key=str) == sorted(asked(file), key=str)


def test_the_command_line_asks_by_it(file: Path) -> None:
    (file.parent / "app.py").write_text("def add(a, b):\n    return \n")
    words = ["app.py:2:12", "--invoked", "--policy", "mine.toml"]
    done = CliRunner().invoke(app, ["complete", *words, "--json"])
    assert (done.exit_code, done.stderr) == (0, "")
    matches(routed(json.loads(done.stdout)["trace"]), file)
    done = CliRunner().invoke(app, ["explain", *words])
    assert (done.exit_code, done.stderr) == (0, "")
    for tier in asked(file):
        assert f"{tier['model']} × {tier['samples']}" in done.stdout


async def test_the_server_asks_by_it(file: Path, start: Start, document: str) -> None:
    (file.parent / "config.toml").write_text(f'policy = "mine.toml"\n{PATIENT}')
    client = await start({"small": {"otherwise": ["world"]}, "large": {"otherwise": ["world"]}})
    client.open(document, "hello ")
    await client.texts(document, 0, 6)
    result = await client.command("coterie.lastTrace", document)
    matches(routed(result["trace"]), file)
    assert not [m for m in client.received if m.get("method") == "window/showMessage"]


def test_doctor_says_that_it_is_in_force(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (file.parent / "config.toml").write_text('policy = "mine.toml"\n')
    monkeypatch.setenv("COTERIE_CONFIG", str(file.parent / "config.toml"))
    done = CliRunner().invoke(app, ["doctor", "--json"])
    assert done.exit_code == 0
    (said,) = [f for f in json.loads(done.stdout)["findings"] if f["name"] == "policy"]
    tiers = ", ".join(f"{tier['model']} × {tier['samples']}" for tier in asked(file))
    assert said["status"] == "ok"
    assert said["detail"].startswith(f"{file} (file) asks {tiers}")
    if fitted_on := read_policy(file).fitted_on:
        assert said["detail"].endswith(f"; fitted on {fitted_on}")
