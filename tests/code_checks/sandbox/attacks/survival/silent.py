"""Leaves a child behind that has closed everything."""

import os

from tests.code_checks.sandbox.attacks.evil import outlive

if os.fork() == 0:
    os.setsid()
    outlive(lambda: os.closerange(0, 64))
