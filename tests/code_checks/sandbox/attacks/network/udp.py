"""Sends a datagram to a service of the machine, which answers."""

import socket

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts


def attempt() -> bytes:
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.settimeout(0.3)
    sender.sendto(b"attacked", ("127.0.0.1", facts["udp"]))
    return sender.recv(9)


escaped_if_any([attempt])
