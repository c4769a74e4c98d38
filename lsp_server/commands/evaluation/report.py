"""How `coterie evaluate` speaks to people: progress, a table, a picture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_path
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ensemble.evaluation.cache.tally import Tally
from ensemble.evaluation.forecast import OnForecast
from ensemble.evaluation.grading import OnStep
from ensemble.evaluation.picture import picture
from ensemble.evaluation.results import Result, Results
from lsp_server.commands.command_errors import CommandError
from lsp_server.commands.console import warn


def results_table(results: Results) -> Table:
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


def _row(name: str, result: Result) -> tuple[str, ...]:
    low, high = result.ci95
    right = f"{result.shown_right / result.shown:.1%}" if result.shown else "–"
    return (
        name, f"{result.tasks}", f"{result.pass_at_1:.1%}", f"{low:.1%} – {high:.1%}",
        f"{result.exact:.1%}", f"{result.parses:.1%}", f"{result.shown / result.tasks:.1%}", right,
        f"{result.cost:.3g}", f"{sum(result.calls.values())}", f"{result.escalated}",
        f"{result.prompt_tokens}", f"{result.generated_tokens}", f"{result.seconds:.1f}",
    )  # fmt: skip


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


def forecast_of(work: str, cache: Path | None) -> OnForecast:
    """Return what says on standard error how long it will take, and what an interruption costs."""
    spoken = False

    def tell(seconds: float) -> None:
        nonlocal spoken
        if spoken:
            warn(f"about {in_words(seconds)} left")
            return
        spoken = True
        warn(
            f"asking the models for {work} takes about {in_words(seconds)}; "
            + (
                f"answers are kept in {cache}, so after an interruption the same command goes on"
                if cache is not None
                else "answers are not kept"
            )
        )

    return tell


@contextmanager
def resumable(tally: Tally, cache: Path | None) -> Iterator[None]:
    """Say after Ctrl-C how an evaluation goes on."""
    try:
        yield
    except KeyboardInterrupt:
        if tally.asked and cache is not None:
            warn(
                "stopped; what the models answered is kept, and the same command goes on from there"
            )
        raise


def in_words(seconds: float) -> str:
    """Return seconds in words, no more precise than a forecast is."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{seconds / 3600:.1f} h"


def draw_picture(results: Results, subject: str, file: Path | None) -> None:
    """Write the picture of quality against cost, into the user's cache folder where no file is
    named. Raises CommandError."""
    size = next(iter(results.policies.values())).tasks
    target = file or user_cache_path("coterie", appauthor=False) / "evaluation.svg"
    drawn = picture(results.policies, f"{subject}: quality against cost, {size} tasks")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{target}: cannot be written: {error.strerror}") from error
    if file is None:
        warn(f"the picture is {target}")
