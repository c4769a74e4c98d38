"""Starts many threads."""

import threading
import time

from tests.code_checks.sandbox.attacks.evil import escaped

try:
    for _ in range(60):
        threading.Thread(target=time.sleep, args=(0.5,), daemon=True).start()
    escaped("60 threads")
except RuntimeError as error:
    print(f"blocked: {error}")
