"""Crashes, so that its memory is written to disk or given to another program.

depends: a kernel that may dump
"""

import os
import resource
import signal
import time
from pathlib import Path

from tests.code_checks.sandbox.attacks.evil import escaped

_, hard = resource.getrlimit(resource.RLIMIT_CORE)
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
child = os.fork()
if child == 0:
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    try:
        os.kill(os.getpid(), signal.SIGSEGV)
    except OSError:
        os._exit(0)
    time.sleep(5)
_, status = os.waitpid(child, 0)
found = [path.name for path in Path().iterdir() if path.name.startswith("core")]
if found or os.WCOREDUMP(status):
    escaped(f"dumped {found}")
