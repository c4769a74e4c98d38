"""The figures: what each policy is worth on tasks whose answers are known, through the product."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from ensemble.engines.engine import Engine
from ensemble.engines.scripted import Script, ScriptedEngine
from ensemble.errors import EvaluationError
from ensemble.evaluation.measure import Evaluation, evaluate
from ensemble.evaluation.members import Members, live_member, recorded_members, with_live
from ensemble.evaluation.plans import default_plans, named_plan
from ensemble.evaluation.results import Result, paired_gain
from ensemble.evaluation.tasks import Task, read_tasks
from tests.ensemble.evaluation.material import TASKS, Row, recordings, written


@pytest.fixture
def tasks(tmp_path: Path) -> list[Task]:
    return read_tasks(written(tmp_path / "tasks.jsonl", TASKS))


def members_of(folder: Path, tasks: Sequence[Task], rows: Sequence[Row]) -> Members:
    return recorded_members([written(folder / "recorded.jsonl", rows)], tasks)


def run(tasks: Sequence[Task], members: Members, names: Sequence[str] = ()) -> Evaluation:
    known = tuple(members.members.values())
    plans = [named_plan(name, known) for name in names] or default_plans(known)
    return asyncio.run(evaluate(tasks, plans, members))


@pytest.fixture
def results(tmp_path: Path, tasks: list[Task]) -> dict[str, Result]:
    return run(tasks, members_of(tmp_path, tasks, recordings())).results.policies


# Of four tasks: right, exact and parsing ones, cost of one task, calls, tasks that escalated.
FIGURES = {
    "alpha": (3, 2, 3, 1.0, {"alpha": 4}, 0),
    "beta": (2, 1, 4, 2.0, {"beta": 4}, 0),
    "gamma": (2, 2, 4, 4.0, {"gamma": 4}, 0),
    # Where nobody agrees, the shorter text wins, then the cheaper model's.
    "vote": (4, 3, 4, 7.0, {"alpha": 4, "beta": 4, "gamma": 4}, 4),
    # Only the third task's first candidate does not parse.
    "cascade": (4, 3, 4, 1.5, {"alpha": 4, "beta": 1}, 1),
    "any": (4, 3, 4, 7.0, {"alpha": 4, "beta": 4, "gamma": 4}, 4),
}


@pytest.mark.needs("sandbox")
@pytest.mark.parametrize("name", FIGURES)
def test_the_figures_of(name: str, results: dict[str, Result]) -> None:
    right, exact, parses, cost, calls, escalated = FIGURES[name]
    result = results[name]
    assert result.tasks == 4
    assert (result.pass_at_1, result.exact, result.parses) == (right / 4, exact / 4, parses / 4)
    assert (result.shown, result.shown_right) == (4, right)
    assert result.cost == cost
    assert result.calls == calls
    assert result.escalated == escalated
    assert result.fitted_on is None
    assert (result.prompt_tokens, result.generated_tokens) == (0, 0)
    assert result.seconds >= 0
    low, high = result.ci95
    assert 0 <= low <= result.pass_at_1 <= high <= 1


@pytest.mark.needs("sandbox")
def test_two_must_agree_before_a_cascade_with_votes_decides(results: dict[str, Result]) -> None:
    result = results["cascade+vote"]
    assert result.calls["alpha"] == result.calls["beta"] == 4
    assert 0 < result.calls["gamma"] <= 4
    assert result.pass_at_1 == 1.0


@pytest.mark.needs("sandbox")
def test_abstentions_are_wrong_and_reported(tmp_path: Path, tasks: list[Task]) -> None:
    file = tmp_path / "sure.toml"
    file.write_text(
        "minimum_agreement = 0.95\n"
        + "".join(f'[[tiers]]\nmodel = "{name}"\ndecides = false\n' for name in ("alpha", "gamma"))
    )
    members = members_of(tmp_path, tasks, recordings())
    result = run(tasks, members, [str(file)]).results.policies["sure"]
    # They agree on the first two tasks only.
    assert (result.shown, result.shown_right, result.pass_at_1) == (2, 2, 0.5)


@pytest.mark.needs("sandbox")
def test_who_must_answer_and_has_nothing_leaves_the_hole_empty(tmp_path: Path) -> None:
    task = Task(
        "t", "def f():\n    x = 1\n", "    x = 1\n", "    return x\n",
        "def check(f):\n    assert f() == 1\n", "f",
    )  # fmt: skip
    rows = [{"task_id": "t", "model": name, "samples": [""]} for name in ("one", "two")]
    policies = run([task], members_of(tmp_path, [task], rows)).results.policies
    for name in ("one", "vote", "any"):
        assert (policies[name].pass_at_1, policies[name].shown) == (1.0, 1), name


@pytest.mark.needs("sandbox")
def test_a_single_is_the_mean_over_its_samples(tmp_path: Path) -> None:
    task = Task(
        "t", "def f():\n", "    return 1\n", "", "def check(f):\n    assert f() == 1\n", "f"
    )
    samples = ["    return 1\n", "    return 2\n", "    return +1\n", "    return 1 +\n"]
    rows = [{"task_id": "t", "model": "m", "samples": samples, "cost": 3}]
    result = run([task], members_of(tmp_path, [task], rows), ["m"]).results.policies["m"]
    assert (result.pass_at_1, result.exact, result.parses) == (0.5, 0.25, 0.75)
    assert (result.cost, result.calls, result.tasks) == (3.0, {"m": 1}, 1)


@pytest.mark.needs("sandbox")
def test_samples_may_repeat_the_prompt(tmp_path: Path) -> None:
    prompt = 'def f(n):\n    """Return n + 1."""\n'
    task = Task("t", prompt, "    return n + 1\n", "", "def check(f):\n    assert f(1) == 2\n", "f")
    rows = [{
        "task_id": "t", "model": "m", "whole": True,
        "samples": [prompt + "    m = n + 1\n    return m\n\n\nprint(f(1))\n"],
    }]  # fmt: skip
    result = run([task], members_of(tmp_path, [task], rows), ["m"]).results.policies["m"]
    assert (result.pass_at_1, result.exact) == (1.0, 0.0)


def test_without_a_test_the_original_is_right(tmp_path: Path) -> None:
    task = Task("t", "let x = ", "1;", "\nf(x);\n", language="javascript")
    rows = [
        {"task_id": "t", "model": "same", "samples": ["1;"]},
        {"task_id": "t", "model": "other", "samples": ["2;"]},
    ]
    policies = run([task], members_of(tmp_path, [task], rows)).results.policies
    assert [policies[name].pass_at_1 for name in ("same", "other")] == [1.0, 0.0]


class Usual(ScriptedEngine):
    """A live model whose opening and closing are counted."""

    opened = closed = 0

    async def close(self) -> None:
        Usual.closed += 1
        await super().close()


def live(name: str, *texts: str | Script) -> Engine:
    Usual.opened += 1
    return Usual(name, texts)


@pytest.mark.needs("sandbox")
def test_live_models_are_opened_anew_for_every_plan(tasks: list[Task], tmp_path: Path) -> None:
    Usual.opened = Usual.closed = 0
    members = with_live(
        members_of(tmp_path, tasks, recordings(["alpha"])),
        [live_member("live", 500_000_000)],
        lambda names: {name: live(name, "    result = result * 2\n") for name in names},
    )
    evaluation = run(tasks, members, ["live", "alpha", "cascade"])
    result = evaluation.results.policies["live"]
    assert (result.pass_at_1, result.cost, result.calls) == (0.25, 0.5, {"live": 4})
    assert Usual.opened == Usual.closed == 2
    assert evaluation.results.policies["cascade"].calls["live"] == 4, "half as dear, so it is first"
    assert evaluation.failures == ()


@pytest.mark.needs("sandbox")
def test_a_model_that_fails_is_reported(tasks: list[Task]) -> None:
    from ensemble.errors import EngineUnavailable  # noqa: PLC0415

    script = Script(failure=EngineUnavailable("live: gone"))
    members = with_live(
        Members({}), [live_member("live", 1)], lambda names: {"live": live("live", script)}
    )
    evaluation = run(tasks, members, ["live"])
    assert evaluation.failures == ("live: models failed 4 times: live: gone",)
    assert evaluation.results.policies["live"].pass_at_1 == 0


INCOMPLETE = {
    "a task is missing": (recordings()[:-1], r"recorded\.jsonl: gamma has nothing for 1 of 4"),
    "no sample": (
        [{**row, "samples": []} if row["model"] == "beta" else row for row in recordings()],
        "beta has nothing for 4 of 4 tasks, Line/Small/0/L0 for one",
    ),
    "twice the same": ([*recordings(), recordings()[0]], "alpha has two rows for Line/Small/0/L0"),
    "nothing": ([], "holds no recording"),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "message"), INCOMPLETE.values(), ids=INCOMPLETE)
def test_incomplete_recordings_are_refused(
    tmp_path: Path, tasks: list[Task], rows: list[Row], message: str
) -> None:
    with pytest.raises(EvaluationError, match=message):
        members_of(tmp_path, tasks, rows)


def test_a_name_means_one_model(tmp_path: Path, tasks: list[Task]) -> None:
    members = members_of(tmp_path, tasks, recordings())
    with pytest.raises(EvaluationError, match="'alpha' is the name of a recorded and of a live"):
        with_live(members, [live_member("alpha", 1)], lambda names: {})


def test_a_paired_gain_is_judged_by_problem(tasks: list[Task]) -> None:
    gain, (low, high) = paired_gain(tasks, [1, 1, 1, 1], [0, 0, 0, 0])
    assert (gain, low, high) == (1.0, 1.0, 1.0)
    gain, (low, high) = paired_gain(tasks, [1, 1, 0, 0], [0, 0, 0, 1])
    assert gain == 0.25
    assert low < 0 < high


def test_the_visible_and_the_generated_tests_come_from_all_recordings(
    tmp_path: Path, tasks: list[Task]
) -> None:
    rows = recordings()
    rows[0] = {**rows[0], "visible_tests": ["assert 1"], "generated_tests": ["assert 3"]}
    rows[4] = {**rows[4], "visible_tests": ["assert 1", "assert 2"]}
    members = members_of(tmp_path, tasks, rows)
    assert members.visible_tests(tasks[0]) == ("assert 1", "assert 2")
    assert members.generated_tests(tasks[0]) == ("assert 3",)
    assert members.visible_tests(tasks[1]) == ()
