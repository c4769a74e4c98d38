"""Takes an open file from another process."""

import os

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts, system_call


def attempt() -> bytes:
    stolen = system_call(438, 438, os.pidfd_open(facts["victim"]), facts["victim_descriptor"], 0)
    return os.pread(stolen, 99, 0)


def through_proc() -> bytes:
    path = f"/proc/{facts['victim']}/fd/{facts['victim_descriptor']}"
    return os.pread(os.open(path, os.O_RDONLY), 99, 0)


escaped_if_any([attempt, through_proc])
