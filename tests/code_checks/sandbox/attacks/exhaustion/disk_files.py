"""Fills the disk with many files."""

from tests.code_checks.sandbox.attacks.evil import escaped_if_any


def attempt() -> str:
    for number in range(40):
        with open(f"file{number}", "wb") as file:
            file.write(b"x" * (1 << 19))
    return "20 MiB in files"


escaped_if_any([attempt])
