"""Runs into a limit with many children that have hidden in sessions of their own.

limits: wall_seconds=1
"""

import os
import time

from tests.code_checks.sandbox.attacks.evil import children, outlive


def hide(number: int) -> None:
    os.setsid()
    outlive()


children(8, hide)
time.sleep(2)
