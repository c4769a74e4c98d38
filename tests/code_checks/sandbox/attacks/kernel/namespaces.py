"""Makes namespaces of its own, in which it would be root."""

import ctypes
import os
import signal
from functools import partial

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, libc, system_call

NEW_USER, NEW_NETWORK, NEW_MOUNTS, NEW_PROCESSES = 0x10000000, 0x40000000, 0x20000, 0x20000000


def in_a_child(flags: int) -> str:
    """Unshare in a child, so that this process can go on trying."""
    child = os.fork()
    if child == 0:
        os._exit(0 if libc.unshare(flags) == 0 else ctypes.get_errno())
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code:
        raise OSError(code, os.strerror(code))
    return f"unshared {flags:x}"


def by_clone(flags: int) -> str:
    child = system_call(56, 220, flags | signal.SIGCHLD, None, None, None, None)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return f"cloned {flags:x}"


FLAGS = (NEW_USER, NEW_USER | NEW_NETWORK, NEW_MOUNTS, NEW_PROCESSES)
escaped_if_any(
    [
        *(partial(in_a_child, flags) for flags in FLAGS),
        *(partial(by_clone, flags) for flags in FLAGS),
    ]
)
