"""Reads every descriptor that it was born with."""

import os
from functools import partial

from tests.code_checks.sandbox.attacks.evil import escaped_if_any


def attempt(number: int) -> bytes | None:
    return os.pread(number, 99, 0) or None


escaped_if_any([partial(attempt, number) for number in range(3, 64)])
