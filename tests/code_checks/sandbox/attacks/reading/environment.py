"""Looks for secrets in its own environment and in that of others."""

import os
from functools import partial
from pathlib import Path

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts, parent

PIDS = [facts["victim"], facts["runner"], parent, 1, 2, 3]


def read(pid: int) -> str | None:
    text = Path(f"/proc/{pid}/environ").read_text()
    return text if "SECRET" in text else None


escaped_if_any([lambda: os.environ.get("COTERIE_SECRET"), *(partial(read, pid) for pid in PIDS)])
