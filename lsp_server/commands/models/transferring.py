"""What the commands that move model files share: a progress bar, and their errors as ours."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from ensemble.errors import ModelFileError, ModelRefused
from lsp_server.commands.command_errors import CommandError


@contextmanager
def transferring() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function that shows how many bytes are done, on standard error if that is a terminal.

    Raises CommandError for whatever the work raises.
    """
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(bar_width=None), DownloadColumn(),
        TransferSpeedColumn(), TimeRemainingColumn(), console=Console(stderr=True), expand=True,
        transient=True, disable=not sys.stderr.isatty(),
    )  # fmt: skip
    task = bar.add_task("", total=None)
    described = ""

    def on_progress(what: str, done: int, total: int) -> None:
        nonlocal described
        if what != described:
            # What was there before does not count as speed.
            described = what
            bar.reset(task, total=total, completed=done, description=what)
        bar.update(task, completed=done)

    try:
        with bar:
            yield on_progress
    except (ModelFileError, ModelRefused) as error:
        raise CommandError(str(error)) from error
