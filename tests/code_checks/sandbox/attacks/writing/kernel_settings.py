"""Changes a setting of the kernel, to what it is already."""

from functools import partial
from pathlib import Path

from tests.code_checks.sandbox.attacks.evil import escaped_if_any

NAMES = ("/proc/sys/kernel/core_pattern", "/proc/sys/vm/swappiness")


def attempt(name: str) -> int:
    path = Path(name)
    return path.write_text(path.read_text())


escaped_if_any([partial(attempt, name) for name in NAMES])
