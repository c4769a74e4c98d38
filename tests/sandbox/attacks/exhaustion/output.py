"""Prints without end."""

from tests.sandbox.attacks.evil import escaped

for _ in range(40):
    print("x" * (1 << 16))
escaped("2.5 MiB printed")
