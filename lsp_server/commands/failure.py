"""How a command ends when it cannot do what was asked.

CommandError        1: could not
└── WrongUsage      2: was asked for something that no command means
"""

from __future__ import annotations


class CommandError(Exception):
    """The command cannot do it. The message is one line for people, with the remedy."""

    exit_code = 1


class WrongUsage(CommandError):
    """The command line itself is wrong."""

    exit_code = 2
