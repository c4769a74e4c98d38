"""Opens the memory of other processes, the keeper's included, as a file."""

import os
from functools import partial

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts, own, parent


def attempt(process: int) -> str:
    os.close(os.open(f"/proc/{process}/mem", os.O_RDWR))
    return f"may write into {process}"


PROCESSES = {facts["victim"], facts["runner"], parent, 1, 2, 3} - own
escaped_if_any([partial(attempt, process) for process in PROCESSES])
