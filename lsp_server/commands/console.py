"""How commands speak to people: a console for reports, and one-line warnings beside the output."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from rich.console import RenderableType

_WIDTH_IN_A_PIPE = 1000
"""So wide that a table folds nothing: one line per row is what a pipe wants."""


def warn(message: str) -> None:
    """Say something to people without touching what scripts read."""
    print(f"coterie: {message}", file=sys.stderr)


def print_line(text: str) -> None:
    """Write a text and a line end as UTF-8, whatever the terminal or pipe is set to."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8") + b"\n")
    sys.stdout.buffer.flush()


def print_json(document: object) -> None:
    """Write one JSON document."""
    print_line(msgspec.json.encode(document).decode())


def show(*parts: RenderableType) -> None:
    """Print parts of a report, a blank line between them: colored on a terminal, plain in a pipe.

    Texts keep their lines; tables fold to the terminal's width.
    """
    # `complete --json` has no use for them.
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    terminal = sys.stdout.isatty()
    width = None if terminal else _WIDTH_IN_A_PIPE
    output = Console(width=width, highlight=False, markup=False, emoji=False)
    for number, part in enumerate(parts):
        if number:
            output.line()
        if terminal:
            output.print(part, soft_wrap=isinstance(part, str | Text))
            continue
        with output.capture() as captured:
            output.print(part, soft_wrap=isinstance(part, str | Text))
        # Tables are padded to the full width, which is noise to whatever reads the pipe.
        print_line("\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n")))


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show people at a terminal that something is being done, until it is."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415

    with Console(stderr=True).status(f"{what} …"):
        yield
