"""Becomes root, or somebody else."""

import os

from tests.code_checks.sandbox.attacks.evil import escaped, escaped_if_any


def attempt(user: int) -> str:
    os.setresuid(user, user, user)
    return f"became {user}"


if os.getuid() == 0:
    escaped("is root already")
escaped_if_any([lambda: attempt(0), lambda: attempt(12345)])
