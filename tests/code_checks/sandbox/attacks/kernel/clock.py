"""Sets the machine's clock, to what it shows already."""

import time

from tests.code_checks.sandbox.attacks.evil import escaped_if_any


def attempt() -> str:
    time.clock_settime(time.CLOCK_REALTIME, time.time())
    return "set"


escaped_if_any([attempt])
