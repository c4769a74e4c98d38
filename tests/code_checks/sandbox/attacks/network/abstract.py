"""Connects to a socket in the abstract name space, which has no files."""

import socket

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts


def attempt() -> bytes:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(0.3)
    client.connect("\0" + facts["abstract"])
    return client.recv(9)


escaped_if_any([attempt])
