"""Connects to a service's socket file, as those of containers, keys and desktops are."""

import socket

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts


def attempt() -> bytes:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(0.3)
    client.connect(facts["unix_stream"])
    return client.recv(9)


escaped_if_any([attempt])
