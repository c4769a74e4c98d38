"""Signals the process groups of its parent and of the one who started it all."""

import os
import signal

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts, parent


def attempt(group: int) -> str:
    if group in {0, 1, os.getpgrp()}:
        raise ProcessLookupError("that would be its own group, or everything")
    os.killpg(group, signal.SIGCONT)
    return f"signaled the group {group}"


escaped_if_any(
    [
        lambda: attempt(os.getpgid(parent)),
        lambda: attempt(facts["runner_group"]),
        lambda: attempt(facts["victim"]),
    ]
)
