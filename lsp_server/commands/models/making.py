"""What the commands that make new models share: a progress bar, and their errors as ours."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from ensemble.errors import MergeError, WrongRecipe
from lsp_server.commands.command_errors import CommandError, WrongUsage


@contextmanager
def making() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function that shows how far the work is, on standard error if that is a terminal.

    Raises CommandError for whatever the work raises, and WrongUsage where the recipe is wrong.
    """
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty(),
    )  # fmt: skip
    task = bar.add_task("", total=None)
    try:
        with bar:
            yield lambda what, done, total: bar.update(
                task, description=what, completed=done, total=total
            )
    except WrongRecipe as error:
        raise WrongUsage(str(error)) from error
    except MergeError as error:
        raise CommandError(str(error)) from error
