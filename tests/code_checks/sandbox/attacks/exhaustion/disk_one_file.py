"""Fills the disk with one file."""

import signal

from tests.code_checks.sandbox.attacks.evil import escaped_if_any

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def attempt() -> str:
    with open("file", "wb") as file:
        for _ in range(20):
            file.write(b"x" * (1 << 20))
            file.flush()
    return "20 MiB in a file"


escaped_if_any([attempt])
