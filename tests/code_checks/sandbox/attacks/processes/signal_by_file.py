"""Has the kernel send a deadly signal to another process when a pipe gets ready."""

import fcntl
import os
import signal

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts

F_SETSIG = 10


def attempt() -> None:
    reading, writing = os.pipe()
    fcntl.fcntl(reading, fcntl.F_SETOWN, facts["victim"])
    fcntl.fcntl(reading, F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(reading, fcntl.F_SETFL, os.O_ASYNC)
    os.write(writing, b"attacked")


escaped_if_any([attempt])
