"""Renames the machine, to the name that it has already."""

import socket

from tests.code_checks.sandbox.attacks.evil import escaped_if_any


def attempt() -> str:
    socket.sethostname(socket.gethostname())
    return "renamed"


escaped_if_any([attempt])
