"""Leaves a grandchild behind that has no parent and a session of its own."""

import os

from tests.code_checks.sandbox.attacks.evil import outlive

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        outlive()
    os._exit(0)
