"""Mounts something, opens up what is read-only, changes the root."""

import os

from tests.code_checks.sandbox.attacks.evil import checked, escaped_if_any, libc, system_call

REMOUNT, BIND = 32, 4096


def mount() -> str:
    os.makedirs("place", exist_ok=True)
    checked(libc.mount(b"none", b"place", b"tmpfs", 0, None))
    return "mounted"


def remount() -> str:
    checked(libc.mount(b"none", b"/usr", None, REMOUNT | BIND, None))
    return "remounted"


def root() -> str:
    os.chroot(".")
    return "changed the root"


escaped_if_any(
    [
        mount,
        remount,
        lambda: f"context {system_call(430, 430, b'tmpfs', 0)}",
        lambda: f"tree {system_call(428, 428, -100, b'.', 1)}",
        root,
    ]
)
