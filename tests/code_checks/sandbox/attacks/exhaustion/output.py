"""Prints without end."""

from tests.code_checks.sandbox.attacks.evil import escaped

for _ in range(40):
    print("x" * (1 << 16))
escaped("2.5 MiB printed")
