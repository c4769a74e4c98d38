"""Keeps a generation ahead of whoever kills it: every process starts the next one and ends."""

import os
import time

from tests.code_checks.sandbox.attacks.evil import outlive

end = time.monotonic() + 3
if os.fork() == 0:
    os.setsid()
    while time.monotonic() < end:
        try:
            if os.fork():
                os._exit(0)
        except OSError:
            time.sleep(0.001)
    outlive()
time.sleep(0.1)
