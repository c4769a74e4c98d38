"""Fills memory in several processes, each of which stays within its limit."""

import time

from tests.code_checks.sandbox.attacks.evil import children, escaped

held: list[bytearray] = []
if children(8, lambda number: held.append(bytearray(b"x") * (40 << 20))) == 8:
    time.sleep(1.5)
    escaped("320 MiB in 8 processes")
