"""Fills memory that processes share, which belongs to none of them alone."""

import mmap
import time

from tests.code_checks.sandbox.attacks.evil import children, escaped


def fill(number: int) -> None:
    shared = mmap.mmap(-1, 40 << 20)
    for start in range(0, len(shared), 1 << 20):
        shared[start : start + (1 << 20)] = b"x" * (1 << 20)
    time.sleep(20)


if children(8, fill) == 8:
    time.sleep(1.5)
    escaped("320 MiB in 8 processes")
