"""Prints without end, to standard error."""

import sys

from tests.code_checks.sandbox.attacks.evil import escaped

for _ in range(40):
    print("x" * (1 << 16), file=sys.stderr)
escaped("2.5 MiB printed")
