"""Makes a namespace with the call whose arguments no filter can see."""

import ctypes
import os
import signal

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, system_call

NEW_USER = 0x10000000


def attempt() -> str:
    arguments = (ctypes.c_uint64 * 8)(NEW_USER, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
    child = system_call(435, 435, ctypes.byref(arguments), ctypes.c_size_t(64))
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return "cloned"


escaped_if_any([attempt])
