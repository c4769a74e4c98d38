"""Attaches to other processes as a debugger."""

import ctypes
import os

from tests.code_checks.sandbox.attacks.evil import checked, escaped_if_any, facts, libc, parent

ATTACH, DETACH = 16, 17


def attempt(process: int) -> str:
    checked(libc.ptrace(ATTACH, process, None, None))
    os.waitpid(process, 0)
    libc.ptrace(DETACH, process, None, ctypes.c_void_p(0))
    return f"traced {process}"


escaped_if_any([lambda: attempt(facts["victim"]), lambda: attempt(parent)])
