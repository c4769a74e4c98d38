"""Makes many empty files."""

import os
import time

from tests.code_checks.sandbox.attacks.evil import escaped_if_any


def attempt() -> str:
    for number in range(1500):
        os.close(os.open(f"file{number}", os.O_CREAT | os.O_WRONLY))
    time.sleep(0.3)
    return "1,500 files"


escaped_if_any([attempt])
