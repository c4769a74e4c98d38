"""Waits without end.

limits: wall_seconds=0.5
"""

import time

from tests.code_checks.sandbox.attacks.evil import escaped

time.sleep(1.5)
escaped("1.5 s")
