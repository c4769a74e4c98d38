"""`coterie evaluate --search TASKS --out POLICY.toml`: a policy fitted to tasks."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

import msgspec
from rich.table import Table

from ensemble.errors import EvaluationError
from ensemble.evaluation.forecast import OnForecast
from ensemble.evaluation.members import Members
from ensemble.evaluation.search.ballots import TaskBallots, ask_all
from ensemble.evaluation.search.best_policy import Goal, NothingFits
from ensemble.evaluation.search.fit import FitFigures, FittedPolicy, fit_policy
from ensemble.evaluation.search.policy_text import fitted_policy_text
from ensemble.evaluation.task_programs import sandbox_problem
from ensemble.evaluation.tasks import Task
from ensemble.reward.reward_files import save
from lsp_server.answers.build_engines import build_engines
from lsp_server.commands.command_errors import CommandError, WrongUsage
from lsp_server.commands.completion.cli_request import EngineBuilder
from lsp_server.commands.console import print_json, show, warn
from lsp_server.commands.evaluation.evaluate import EvaluateOptions, material
from lsp_server.commands.evaluation.report import forecast_of, progress, resumable


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """The options of a search, besides those of an evaluation."""

    out: Path | None
    """Where the policy is written."""
    budget: str = ""
    """The mean relative compute of a task, or a share of what the best single model takes (`55%`);
    "" for no bound."""
    risk: float | None = None
    """The largest share of what is shown that may be wrong; None if the policy always answers."""
    certainty: float | None = None
    """The probability with which the risk is kept; None for in expectation."""
    target: float | None = None
    """Like `risk`, with the tasks of a problem taken for independent."""
    tests: bool = True
    """Whether visible tests may be run on lines and blocks, too."""
    seed: int = 0
    """The seed of the splits."""


class Found(msgspec.Struct, frozen=True):
    """The JSON document that a search prints."""

    out: str
    """The file of the policy."""
    models: tuple[str, ...]
    """The models that the policy asks, in order."""
    fitted: FitFigures
    """What the policy reaches on the tasks that it was fitted on."""
    validated: FitFigures
    """What policies fitted in the same way reach on problems that were held back."""
    alone: dict[str, float]
    """How often each model alone is right, 0 to 1."""


def search(
    wanted: SearchOptions,
    request: EvaluateOptions,
    *,
    as_json: bool,
    build: EngineBuilder = build_engines,
) -> int:
    """Fit, write and print; return the exit code. Raises CommandError."""
    if wanted.out is None:
        raise WrongUsage("--search needs --out with the file to write")
    if wanted.target is not None and (wanted.risk, wanted.certainty) != (None, None):
        raise WrongUsage("--target is another kind of --risk, without --certainty: give only one")
    if request.policies:
        raise WrongUsage("--search fits a policy and measures none: leave out --policy")
    try:
        tasks, members = material(request, build)
        on_forecast = forecast_of(f"{len(tasks)} tasks", request.cache)
        with resumable(members.tally, request.cache):
            found = fitted(tasks, members, wanted, on_forecast)
    except (EvaluationError, NothingFits) as error:
        raise CommandError(str(error)) from error
    hearings, goal, result = found
    named = ", ".join(file.name for file in request.recorded) or "this machine's models"
    fitted_on = f"{request.subject}: {len(hearings)} tasks of {result.problems} problems; {named}"
    try:
        written = _with_reward(result, wanted.out)
        wanted.out.write_text(fitted_policy_text(written, goal, fitted_on), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{wanted.out}: cannot be written: {error.strerror}") from error
    warn(f"{wanted.out} is written; measure it on other tasks with --policy {wanted.out}")
    if not as_json:
        show(_table(result))
    alone = {name: round(one.accuracy, 6) for name, one in result.accuracies.items()}
    models = tuple(tier.model for tier in result.policy.tiers)
    print_json(Found(str(wanted.out), models, result.fitted, result.validated, alone))
    return 0


def _with_reward(result: FittedPolicy, out: Path) -> FittedPolicy:
    """Write the reward, if there is one, beside the policy's file, and name it in the policy.
    Raises OSError."""
    if result.reward is None:
        return result
    file = out.with_suffix(".reward.json")
    save(result.reward, file)
    policy = msgspec.structs.replace(result.policy, reward=file.name)
    return dataclasses.replace(result, policy=policy)


def fitted(
    tasks: list[Task],
    members: Members,
    wanted: SearchOptions,
    on_forecast: OnForecast = lambda seconds: None,
) -> tuple[list[TaskBallots], Goal, FittedPolicy]:
    """Ask every model about every task, and fit. Raises EvaluationError or NothingFits."""
    if (reason := sandbox_problem()) and any(task.is_run for task in tasks):
        raise EvaluationError(reason)
    with progress() as on_step:
        hearings = asyncio.run(ask_all(tasks, members, on_step, on_forecast=on_forecast))
        known = list(members.members.values())
        goal = Goal(
            budget=_budget(wanted.budget, hearings),
            risk=wanted.risk if wanted.target is None else wanted.target,
            certainty=wanted.certainty,
            as_target=wanted.target is not None,
            tests=wanted.tests,
            seed=wanted.seed,
        )
        return hearings, goal, fit_policy(hearings, known, goal, on_step)


def _budget(text: str, hearings: list[TaskBallots]) -> float:
    """Read a number, or a share of what the best single model costs. Raises WrongUsage."""
    if not text:
        return inf
    try:
        number = float(text.removesuffix("%"))
    except ValueError as error:
        raise WrongUsage(f"--budget {text!r} is neither a number nor a percentage") from error
    return number / 100 * best_single(hearings)[1] if text.endswith("%") else number


def best_single(hearings: Sequence[TaskBallots]) -> tuple[str, float]:
    """Return the model that is most often right alone, and its mean cost."""
    models = sorted({model for heard in hearings for model in heard.ballots})

    def right(model: str) -> int:
        return sum(heard.right[b.text] for heard in hearings for b in heard.ballots[model][:1])

    best = max(models, key=right)
    return best, sum(heard.cost[best] for heard in hearings) / len(hearings)


def _table(result: FittedPolicy) -> Table:
    grid = Table(box=None, pad_edge=False, header_style="bold")
    grid.add_column("", no_wrap=True)
    for heading in ("tasks", "right", "shown", "right of these", "cost"):
        grid.add_column(heading, justify="right", no_wrap=True)
    for name, one in result.accuracies.items():
        grid.add_row(name, "", f"{one.accuracy:.1%}", "", "", f"{one.member.cost:.3g}")
    rows = (("fitted, on these tasks", result.fitted), ("on problems held back", result.validated))
    for name, found in rows:
        grid.add_row(
            name, f"{found.tasks}", f"{found.right:.1%}", f"{found.shown:.1%}",
            f"{found.right_of_shown:.1%}", f"{found.cost:.3g}",
        )  # fmt: skip
    return grid
