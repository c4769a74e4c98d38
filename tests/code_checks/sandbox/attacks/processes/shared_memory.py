"""Attaches the shared memory of another process (System V), and makes some."""

import ctypes

from tests.code_checks.sandbox.attacks.evil import checked, escaped_if_any, facts, libc

libc.shmat.restype = ctypes.c_void_p


def attach() -> bytes | None:
    address = libc.shmat(facts["shared_memory"], None, 0)
    if address in {None, ctypes.c_void_p(-1).value}:
        checked(-1)
    return ctypes.string_at(address, 20)


def make() -> str:
    return f"segment {checked(libc.shmget(0, 4096, 0o1600))}"


escaped_if_any([attach, make])
