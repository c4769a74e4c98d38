"""Signals its parent: in a sandbox, the keeper, which watches it."""

import os
import signal
from functools import partial

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts, parent


def attempt(process: int) -> str:
    os.kill(process, signal.SIGCONT)
    return f"signaled {process}"


escaped_if_any([partial(attempt, process) for process in (parent, facts["runner"])])
