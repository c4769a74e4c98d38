"""Leaves a child behind that has stopped, so that it takes no notice of anything."""

import os
import signal
import time

from tests.code_checks.sandbox.attacks.evil import facts

child = os.fork()
if child == 0:
    os.setsid()
    os.execvp("/bin/sh", ["/bin/sh", "-c", "kill -STOP $$; sleep 30", facts["mark"]])
time.sleep(0.2)
try:
    os.kill(child, signal.SIGSTOP)
except OSError as error:
    print(f"blocked: {error}")
