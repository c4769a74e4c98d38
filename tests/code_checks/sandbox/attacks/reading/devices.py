"""Opens disks, the kernel's log and memory in /dev; others might act on being opened."""

import os
from functools import partial

from tests.code_checks.sandbox.attacks.evil import escaped_if_any

NAMES = ("kmsg", "mem", "port", "kvm", "fuse", "vda", "sda", "nvme0n1", "loop0")


def attempt(name: str) -> str:
    os.close(os.open(f"/dev/{name}", os.O_RDONLY | os.O_NONBLOCK))
    return name


escaped_if_any([partial(attempt, name) for name in NAMES])
