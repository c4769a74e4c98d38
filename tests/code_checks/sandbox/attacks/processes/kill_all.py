"""Kills everything that it may."""

import os
import signal

from tests.code_checks.sandbox.attacks.evil import escaped_if_any


def attempt() -> None:
    os.kill(-1, signal.SIGUSR1)


escaped_if_any([attempt])
