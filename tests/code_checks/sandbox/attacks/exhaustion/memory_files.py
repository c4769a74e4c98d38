"""Fills memory through files that exist in memory only, and are not mapped."""

import os

from tests.code_checks.sandbox.attacks.evil import escaped_if_any

MEBIBYTE = b"x" * (1 << 20)


def attempt() -> str:
    for number in range(30):
        file = os.memfd_create(f"attack{number}")
        os.write(file, MEBIBYTE)
    return "30 MiB that nobody counts"


escaped_if_any([attempt])
