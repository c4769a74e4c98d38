"""Fills memory in one process."""

from tests.code_checks.sandbox.attacks.evil import escaped

try:
    pieces = [bytearray(b"x") * (16 << 20) for _ in range(20)]
    escaped(f"{len(pieces) * 16} MiB")
except MemoryError:
    print("blocked")
