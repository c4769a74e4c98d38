"""How a command ends, and what it says when it cannot do what was asked.

CommandError        1: could not
└── WrongUsage      2: was asked for something that no command means
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import typer


class CommandError(Exception):
    """The command cannot do it. The message is one line for people, with the remedy."""

    exit_code = 1


class WrongUsage(CommandError):
    """The command line itself is wrong."""

    exit_code = 2


def end_with(run: Callable[[], int]) -> None:
    """Run a command and leave with its exit code; whatever it cannot do is one message."""
    try:
        code = run()
    except CommandError as error:
        print(f"coterie: {error}", file=sys.stderr)
        code = error.exit_code
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        # Whoever read our output has left; without this the interpreter complains at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    raise typer.Exit(code)
