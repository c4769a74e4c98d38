"""Joins the namespaces of other processes."""

import os
from functools import partial

from tests.code_checks.sandbox.attacks.evil import checked, escaped_if_any, facts, libc, parent


def attempt(process: int, kind: str) -> str:
    checked(libc.setns(os.open(f"/proc/{process}/ns/{kind}", os.O_RDONLY), 0))
    return f"joined {kind} of {process}"


escaped_if_any(
    [
        partial(attempt, process, kind)
        for process in (1, facts["victim"], parent)
        for kind in ("uts", "ipc", "net", "cgroup")
    ]
)
