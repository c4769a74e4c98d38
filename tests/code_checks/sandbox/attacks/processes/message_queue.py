"""Makes message queues and semaphores, and opens another process's."""

import ctypes
import os

from tests.code_checks.sandbox.attacks.evil import checked, escaped_if_any, facts, libc

try:
    real_time = ctypes.CDLL("librt.so.1", use_errno=True)
except OSError:
    real_time = libc


def posix(name: str, flags: int) -> str:
    opened = real_time.mq_open(name.encode(), flags, 0o600, None)
    return f"queue {checked(opened)}"


escaped_if_any(
    [
        lambda: f"queue {checked(libc.msgget(0, 0o1600))}",
        lambda: f"semaphores {checked(libc.semget(0, 1, 0o1600))}",
        lambda: posix(facts["queue"], os.O_RDWR),
        lambda: posix("/attack", os.O_RDWR | os.O_CREAT),
    ]
)
