"""Empties a file outside, without opening it for writing, too."""

import os

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts


def by_opening() -> str:
    os.close(os.open(facts["canary"], os.O_RDONLY | os.O_TRUNC))
    return "opened"


def by_name() -> str:
    os.truncate(facts["canary"], 0)
    return "truncated"


escaped_if_any([by_opening, by_name])
