"""Fills the other directories that can be written, as a rule in memory."""

from functools import partial

from tests.code_checks.sandbox.attacks.evil import escaped_if_any


def attempt(directory: str) -> str:
    for number in range(40):
        with open(f"{directory}/attack{number}", "wb") as file:
            file.write(b"x" * (1 << 19))
    return f"20 MiB in {directory}"


escaped_if_any([partial(attempt, directory) for directory in ("/dev/shm", "/tmp", "/dev", "/")])
