"""Fills the disk with files that have no name any more."""

import os
import time

from tests.code_checks.sandbox.attacks.evil import escaped_if_any


def attempt() -> str:
    held = []
    for number in range(24):
        file = open(f"file{number}", "wb", buffering=0)
        os.unlink(file.name)
        assert file.write(b"x" * (1 << 19)) == 1 << 19, "blocked"
        held.append(file)
    time.sleep(0.3)
    return f"{len(held) // 2} MiB in files without a name"


try:
    escaped_if_any([attempt])
except AssertionError as error:
    print(error)
