"""Reads what the machine keeps about its users and its network."""

from functools import partial
from pathlib import Path

from tests.code_checks.sandbox.attacks.evil import escaped_if_any

NAMES = ("/etc/passwd", "/etc/hosts", "/etc/resolv.conf", "/etc/machine-id", "/var/log/dpkg.log")


def attempt(name: str) -> str:
    return Path(name).read_text()[:40]


escaped_if_any([partial(attempt, name) for name in NAMES])
