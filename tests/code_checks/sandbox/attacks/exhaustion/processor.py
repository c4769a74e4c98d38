"""Computes without end, and ignores the signal that says so."""

import signal
import time

from tests.code_checks.sandbox.attacks.evil import escaped

signal.signal(signal.SIGXCPU, signal.SIG_IGN)
while time.process_time() < 2.5:
    pass
escaped("2.5 s of the processor")
