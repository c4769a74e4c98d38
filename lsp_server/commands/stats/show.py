"""`coterie stats`: what became of suggestions on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich.table import Table

from ensemble.learning.figures import OutcomeFigures, statistics_of
from ensemble.learning.outcomes import SuggestionOutcome, outcome_store
from ensemble.learning.row_store import StoreError
from lsp_server.commands.command_errors import CommandError
from lsp_server.commands.console import print_json, show, warn
from lsp_server.commands.stats.columns import HEADINGS, cells, sections
from lsp_server.commands.stats.page import page


def stats(*, as_json: bool, html: Path | None) -> int:
    """Print the figures; return 0. Raises CommandError."""
    statistics = statistics_of(read_outcomes())
    if html is not None:
        _write(html, page(statistics))
        warn(f"the page is {html}")
    if as_json:
        print_json(statistics)
    elif not statistics.total.answered:
        show("Nothing is recorded yet: suggest something first. (`stats.record` in the settings.)")
    elif html is None:
        show(*(outcome_table(name, rows) for name, rows in sections(statistics)))
    return 0


def read_outcomes() -> list[SuggestionOutcome]:
    """Return everything that is recorded. Raises CommandError."""
    try:
        return outcome_store().rows()
    except StoreError as error:
        raise CommandError(str(error)) from error


def outcome_table(name: str, rows: Mapping[str, OutcomeFigures]) -> Table:
    """Return figures for people."""
    grid = Table(box=None, pad_edge=False, header_style="bold")
    grid.add_column(name, no_wrap=True)
    for heading in HEADINGS:
        grid.add_column(heading, justify="right", no_wrap=True)
    for label, figures in rows.items():
        grid.add_row(label, *cells(figures))
    return grid


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror or error}") from error
