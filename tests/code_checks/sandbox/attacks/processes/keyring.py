"""Reads a key of the user's session from the kernel's keyrings, and leaves one."""

import ctypes

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, system_call

SEARCH, READ = 10, 11
USER_SESSION, SESSION, USER = -5, -3, -4


def attempt(ring: int) -> bytes:
    key = system_call(250, 219, SEARCH, ring, b"user", b"coterie", 0)
    buffer = ctypes.create_string_buffer(99)
    size = system_call(250, 219, READ, key, buffer, 99, 0)
    return buffer.raw[:size]


def leave() -> str:
    return f"key {system_call(248, 217, b'user', b'attack', b'attacked', 8, USER)}"


escaped_if_any([lambda: attempt(SESSION), lambda: attempt(USER), leave])
