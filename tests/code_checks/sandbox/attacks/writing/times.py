"""Changes the dates of a file outside."""

import os

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts


def attempt() -> str:
    os.utime(facts["canary"], (1, 1))
    return "dates"


escaped_if_any([attempt])
