"""Makes several attacks, each in a process of its own, in one sandbox."""

from __future__ import annotations

import os
import runpy
import signal
import sys
import time


def fork() -> int:
    """Fork, with patience: those whom the last attack left behind may still be dying."""
    for _ in range(100):
        try:
            return os.fork()
        except BlockingIOError:
            time.sleep(0.05)
    return os.fork()


os.environ["PARENT"] = str(os.getppid())
for number in (signal.SIGUSR1, signal.SIGCONT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)  # What is meant for others must not end the rest.
for name in sys.argv[1:]:
    print(f"== {name}", flush=True)
    child = fork()
    if child == 0:
        try:
            runpy.run_module(f"tests.code_checks.sandbox.attacks.{name.replace('/', '.')}")
            sys.stdout.flush()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
