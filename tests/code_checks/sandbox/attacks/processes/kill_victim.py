"""Kills another process of the machine."""

import os
import signal

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts


def attempt() -> str:
    os.kill(facts["victim"], signal.SIGKILL)
    return "killed"


escaped_if_any([attempt])
