"""Leaves a child behind that ignores every signal that can be ignored."""

import os
import signal

from tests.code_checks.sandbox.attacks.evil import outlive


def deafen() -> None:
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            continue


if os.fork() == 0:
    os.setsid()
    outlive(deafen)
