"""Where sandboxes are tested: with each mechanism, by each user that the tests can be."""

from __future__ import annotations

import itertools
import os
import sys
from dataclasses import replace

from code_checks.sandbox.interpreter import interpreter_for
from code_checks.sandbox.level import Level, Mechanism
from code_checks.sandbox.probing import try_mechanism

ORDINARY = 60000
"""The first of the numbers that no user of the machine has; only root can become them."""

_taken = itertools.count()

IS_ROOT = os.geteuid() == 0
USERS = ("root", "ordinary") if IS_ROOT else ("ordinary",)
SETTINGS = [
    *((mechanism, user) for mechanism in ("bubblewrap", "landlock") for user in USERS),
    ("landlock bare", "ordinary"),
]
"""Bare: as on a kernel that has neither user namespaces nor Landlock's scopes."""


def level_named(name: str) -> tuple[Level | None, str]:
    """Return a mechanism's level, or None and why it does not work here."""
    level, reason = try_mechanism(Mechanism(name.split(maxsplit=1)[0]))
    if level is not None and name.endswith("bare"):
        return replace(level, landlock=4, namespaces=False), ""
    return level, reason


def python_of(user: str) -> str | None:
    """Return a Python that a user can start, None if there is none."""
    if not (IS_ROOT and user == "ordinary"):
        return sys.executable
    found = interpreter_for(ORDINARY)
    return found.executable if found else None


def number_of(user: str) -> int | None:
    """Return the number to become, None to stay who one is.

    It is another one each time, in this process and in those beside it: the kernel counts
    processes by user, and without namespaces a sandbox that uses up its share would take those of
    all others.
    """
    if not (IS_ROOT and user == "ordinary"):
        return None
    return ORDINARY + os.getpid() % 500 * 10 + next(_taken) % 10
