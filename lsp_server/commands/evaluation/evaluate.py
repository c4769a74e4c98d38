"""`coterie evaluate TASKS`: what policies are worth and what they cost, measured."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ensemble.errors import EvaluationError, RewardError, UnknownName
from ensemble.evaluation.measure import Evaluation, evaluate
from ensemble.evaluation.members import Members, recorded_members
from ensemble.evaluation.plans import Plan, default_plans, named_plan
from ensemble.evaluation.repository_holes import repository_tasks
from ensemble.evaluation.tasks import Task, draw, read_tasks
from ensemble.file_rules import FileRules
from ensemble.reward.reward_files import save
from ensemble.reward.reward_fitting import KEPT, fit_reward
from lsp_server.answers.build_engines import build_engines
from lsp_server.commands.command_errors import CommandError, WrongUsage
from lsp_server.commands.completion.cli_request import EngineBuilder
from lsp_server.commands.console import print_json, show, warn
from lsp_server.commands.evaluation.live_models import with_live_models
from lsp_server.commands.evaluation.report import (
    draw_picture,
    forecast_of,
    progress,
    results_table,
    resumable,
)
from lsp_server.commands.evaluation.router_policy import write_router_policy
from lsp_server.settings.project import Project

_HOLES_OF_A_REPOSITORY = 120
"""Enough to tell good from bad within minutes; `--limit` says otherwise."""


@dataclass(frozen=True, slots=True)
class EvaluateOptions:
    """The options of the command line."""

    tasks: Path | None = None
    """The file of tasks; None if a repository is given."""
    repository: Path | None = None
    """The folder from whose code the tasks are cut; None if a file is given."""
    policies: tuple[str, ...] = ()
    """The names or files of what is measured; empty for the default ones."""
    recorded: tuple[Path, ...] = ()
    """Files of recorded generations; their models take part instead of this machine's."""
    live: bool = False
    """Whether this machine's models take part beside recorded ones."""
    limit: int | None = None
    """How many tasks are drawn; None for all."""
    picture: Path | None = None
    """Where a picture of quality against cost is drawn; None for nowhere."""
    fit_reward: Path | None = None
    """Where a reward that is fitted on all tasks is written; None for nowhere."""
    fit_router: Path | None = None
    """Where a policy with a router that is fitted on all tasks is written; None for nowhere."""
    cache: Path | None = None
    """The folder in which answers of this machine's models are kept; None if they are forgotten."""

    @property
    def subject(self) -> str:
        """What is measured, in a word."""
        named = self.tasks or self.repository
        return named.resolve().name if named else ""


def evaluate_and_show(
    request: EvaluateOptions, *, as_json: bool, build: EngineBuilder = build_engines
) -> int:
    """Measure and print; return the exit code. Raises CommandError."""
    try:
        evaluation = measured(request, build)
    except UnknownName as error:
        raise WrongUsage(str(error)) from error
    except EvaluationError as error:
        raise CommandError(str(error)) from error
    for failure in evaluation.failures:
        warn(failure)
    if "reward" in request.policies and evaluation.crossfit and evaluation.crossfit.failure:
        warn(evaluation.crossfit.failure)
    if request.fit_reward is not None:
        _fit_reward(evaluation, request, request.fit_reward)
    if request.fit_router is not None:
        write_router_policy(evaluation, request.subject, request.fit_router)
    results = evaluation.results
    if request.picture is not None or request.repository is not None:
        draw_picture(results, request.subject, request.picture)
    if not as_json:
        show(results_table(results))
    print_json(results)
    return 0


def measured(request: EvaluateOptions, build: EngineBuilder = build_engines) -> Evaluation:
    """Return what the evaluation found. Raises EvaluationError."""
    tasks, members = material(request, build)
    wanted = request.policies
    if request.fit_reward is not None and wanted:
        wanted = (*wanted, "reward")
    if request.fit_router is not None and wanted:
        wanted = (*wanted, *members.members)
    plans = plans_of(wanted, members)
    on_forecast = forecast_of(f"{len(tasks)} tasks", request.cache)
    with resumable(members.tally, request.cache), progress() as on_step:
        return asyncio.run(evaluate(tasks, plans, members, on_step, on_forecast))


def material(
    request: EvaluateOptions, build: EngineBuilder = build_engines
) -> tuple[list[Task], Members]:
    """Return the tasks, and the models that take part. Raises EvaluationError."""
    tasks = _tasks(request)
    members = recorded_members(request.recorded, tasks)
    if request.live or not request.recorded:
        members = with_live_models(members, build, request.cache)
    return tasks, members


def plans_of(names: Iterable[str], members: Members) -> list[Plan]:
    """Return the named plans, or the default ones if none is named. Raises EvaluationError."""
    known = tuple(members.members.values())
    named = [named_plan(name, known) for name in dict.fromkeys(names)]
    return named or default_plans(known)


def _fit_reward(evaluation: Evaluation, request: EvaluateOptions, file: Path) -> None:
    """Fit a reward on everything that the evaluation heard, and write it. Raises CommandError."""
    found = evaluation.crossfit
    if found is None:
        raise CommandError("one candidate of one model leaves a reward nothing to choose from")
    if found.failure:
        raise CommandError(found.failure)
    fitted_on = f"{request.subject}, {len(evaluation.tasks)} tasks"
    try:
        reward = fit_reward(found.rows, fitted_on)
        save(reward, file)
    except RewardError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{file}: cannot be written: {error.strerror}") from error
    warn(
        f"{file} is fitted on {reward.rows} candidates for {reward.holes} holes; {found.summary()}"
    )
    warn(f"minimum_reward = {reward.keeps:.2f} would keep {KEPT:.0%} of what is right")


def _tasks(request: EvaluateOptions) -> list[Task]:
    """Return the tasks that are to be measured. Raises EvaluationError or WrongUsage."""
    if (request.tasks is None) == (request.repository is None):
        raise WrongUsage("give a file of tasks, or --repo with a folder, and not both")
    if request.tasks is not None:
        tasks, limit = read_tasks(request.tasks), request.limit
    else:
        assert request.repository is not None
        tasks, limit = _cut(request.repository), request.limit or _HOLES_OF_A_REPOSITORY
    return tasks if limit is None else draw(tasks, limit)


def _cut(folder: Path) -> list[Task]:
    if not folder.is_dir():
        raise EvaluationError(f"{folder}: no such folder")
    settings = Project.of(folder / "any").settings()
    rules = FileRules(folder, exclude=settings.exclude, secrets=settings.secrets)
    tasks = repository_tasks(folder, rules)
    if not tasks:
        raise EvaluationError(f"{folder}: no file in it that holes can be cut from")
    return tasks
