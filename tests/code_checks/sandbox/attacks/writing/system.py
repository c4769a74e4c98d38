"""Writes wherever a system has directories, in the harness, too."""

import os
from functools import partial

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts

PLACES = ("/", "/usr", "/usr/bin", "/etc", "/dev", "/var/tmp", "/run", "/root", "/proc", "/sys",
          "/coterie", "/coterie/inside", os.path.dirname(facts["harness"]))  # fmt: skip


def attempt(place: str) -> str:
    path = f"{place}/attack-{os.getpid()}"
    open(path, "w").close()
    os.unlink(path)
    return path


escaped_if_any([partial(attempt, place) for place in PLACES])
