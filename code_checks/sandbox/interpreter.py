"""The Python that sets a sandbox up and judges in it, and the user that it becomes."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

_SYSTEM = ("/usr/bin/python3", "/usr/local/bin/python3")
_FIRST_USER, _LAST_USER = 61184, 65519
"""Numbers that systemd hands out for a moment, too: no person and no service has them for long."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python, and the directory that has to be readable for it, if it is outside /usr."""

    executable: str
    prefix: str | None


def running_interpreter() -> Interpreter:
    """Return the Python that runs this, by its real path: virtual environments only link to it."""
    executable = Path(sys.executable).resolve()
    prefix = Path(sys.base_prefix).resolve()
    if prefix.is_relative_to("/usr"):
        return Interpreter(str(executable), None)
    return Interpreter(str(executable), str(prefix))


def interpreter_for(user: int | None) -> Interpreter | None:
    """Return a Python that this user can read, or None.

    Where root's own is in a home directory that is closed to others, the system's has to do.
    """
    own = running_interpreter()
    if user is None or _is_open(Path(own.prefix or "/usr")):
        return own
    for path in map(Path, _SYSTEM):
        if path.exists() and _is_open(path.resolve().parent):
            return Interpreter(str(path.resolve()), None)
    return None


def _is_open(path: Path) -> bool:
    """Whether everybody may enter a directory."""
    with contextlib.suppress(OSError):
        return all(place.stat().st_mode & 0o001 for place in (path, *path.parents))
    return False


def unprivileged_user() -> int | None:
    """Return the number of a user that nothing uses, if this is root and may become one."""
    if os.geteuid() != 0:
        return None
    if sys.platform != "linux":
        return -2 % (1 << 32)  # nobody
    if not _is_mapped(_FIRST_USER, _LAST_USER):
        return (
            None  # "root" of a namespace in which nobody else exists, and an ordinary user outside
        )
    return _FIRST_USER + secrets.randbelow(_LAST_USER - _FIRST_USER + 1)


def _is_mapped(first: int, last: int) -> bool:
    lines = Path("/proc/self/uid_map").read_text().splitlines()
    ranges = [(int(inside), int(size)) for inside, _, size in map(str.split, lines)]
    return any(inside <= first and last < inside + size for inside, size in ranges)
