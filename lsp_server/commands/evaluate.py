"""`coterie evaluate TASKS`: what policies are worth and what they cost, measured."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ensemble.engine import Engine, EngineError
from ensemble.evaluation.failure import EvaluationError, UnknownName
from ensemble.evaluation.members import (
    Member,
    Members,
    live_member,
    recorded_members,
    with_live,
)
from ensemble.evaluation.picture import picture
from ensemble.evaluation.plans import Plan, default_plans, named_plan
from ensemble.evaluation.programs import Programs
from ensemble.evaluation.results import Result, Results
from ensemble.evaluation.run import Evaluation
from ensemble.evaluation.run import evaluate as run_evaluation
from ensemble.evaluation.scoring import OnStep
from ensemble.evaluation.tasks import draw, read_tasks
from lsp_server.assembly import build_engines
from lsp_server.commands.failure import CommandError, WrongUsage
from lsp_server.commands.question import EngineBuilder
from lsp_server.commands.report import print_json, show, warn
from lsp_server.config import Settings, load_file


@dataclass(frozen=True, slots=True)
class Request:
    """The options of the command line. Without `policies` the default ones are measured; without
    `recorded` files, or with `live`, the models of the settings take part."""

    tasks: Path
    policies: tuple[str, ...] = ()
    recorded: tuple[Path, ...] = ()
    live: bool = False
    limit: int | None = None
    picture: Path | None = None


def evaluate(request: Request, *, as_json: bool, build: EngineBuilder = build_engines) -> int:
    """Measure and print; return the exit code. Raises CommandError."""
    try:
        evaluation = measured(request, build)
    except UnknownName as error:
        raise WrongUsage(str(error)) from error
    except EvaluationError as error:
        raise CommandError(str(error)) from error
    for failure in evaluation.failures:
        warn(failure)
    results = evaluation.results
    if request.picture is not None:
        _draw(results, request)
    if not as_json:
        show(table(results))
    print_json(results)
    return 0


def measured(request: Request, build: EngineBuilder = build_engines) -> Evaluation:
    """Return what the evaluation found. Raises EvaluationError."""
    tasks = read_tasks(request.tasks)
    if request.limit is not None:
        tasks = draw(tasks, request.limit)
    members = recorded_members(request.recorded, tasks)
    if request.live or not request.recorded:
        members = _with_live(members, build)
    plans = plans_of(request.policies, members)
    with Programs() as programs, progress() as on_step:
        return asyncio.run(run_evaluation(tasks, plans, members, programs.run_test, on_step))


def plans_of(names: Iterable[str], members: Members) -> list[Plan]:
    """Return the named plans, or the default ones if none is named. Raises EvaluationError."""
    known = tuple(members.members.values())
    named = [named_plan(name, known) for name in dict.fromkeys(names)]
    return named or default_plans(known)


def table(results: Results) -> Table:
    """Return the figures for people."""
    grid = Table(box=None, pad_edge=False, header_style="bold")
    grid.add_column("policy", no_wrap=True)
    for heading in (
        "tasks", "pass@1", "95 %", "exact", "parses", "shown", "right of these", "cost", "calls",
        "escalated", "tokens in", "out", "seconds",
    ):  # fmt: skip
        grid.add_column(heading, justify="right", no_wrap=True)
    for name, result in results.policies.items():
        grid.add_row(*_row(name, result))
    return grid


@contextmanager
def progress() -> Iterator[OnStep]:
    """Show on standard error, if that is a terminal, how far each stage is."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    stages = {}
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:

        def on_step(stage: str, done: int, total: int) -> None:
            if stage not in stages:
                stages[stage] = bar.add_task(stage, total=total)
            bar.update(stages[stage], completed=done)

        yield on_step


def _with_live(members: Members, build: EngineBuilder) -> Members:
    settings = load_file()
    for message in settings.messages:
        warn(message)
    live = asyncio.run(_live_members(settings, build))
    return with_live(members, live, lambda names: build(settings, names))


async def _live_members(settings: Settings, build: EngineBuilder) -> list[Member]:
    """Open every model of the settings once, to know how large it is."""
    engines = build(settings, settings.models)
    try:
        opened = await asyncio.gather(*map(_opened, engines.values()))
    finally:
        await asyncio.gather(*(engine.close() for engine in engines.values()))
    refusals = [result for result in opened if isinstance(result, EngineError)]
    if len(refusals) == len(opened):
        raise EvaluationError("no model can be used:\n  " + "\n  ".join(map(str, refusals)))
    for refusal in refusals:
        warn(f"left out: {refusal}")
    return [result for result in opened if isinstance(result, Member)]


async def _opened(engine: Engine) -> Member | EngineError:
    try:
        info = await engine.info()
    except EngineError as error:
        return error
    return live_member(engine.name, info.parameters)


def _row(name: str, result: Result) -> tuple[str, ...]:
    low, high = result.ci95
    right = f"{result.shown_right / result.shown:.1%}" if result.shown else "–"
    return (
        name, f"{result.tasks}", f"{result.pass_at_1:.1%}", f"{low:.1%} – {high:.1%}",
        f"{result.exact:.1%}", f"{result.parses:.1%}", f"{result.shown / result.tasks:.1%}", right,
        f"{result.cost:.3g}", f"{sum(result.calls.values())}", f"{result.escalated}",
        f"{result.prompt_tokens}", f"{result.generated_tokens}", f"{result.seconds:.1f}",
    )  # fmt: skip


def _draw(results: Results, request: Request) -> None:
    assert request.picture is not None
    size = next(iter(results.policies.values())).tasks
    title = f"{request.tasks.name}: quality against cost, {size} tasks"
    try:
        request.picture.write_text(picture(results.policies, title), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{request.picture}: cannot be written: {error.strerror}") from error
