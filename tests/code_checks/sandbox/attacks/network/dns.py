"""Asks a name server, the way out that firewalls forget."""

import socket

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts

QUERY = bytes.fromhex("0007010000010000000000000377777706736563726574076578616d706c650000010001")


def attempt() -> bytes:
    sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sender.settimeout(0.3)
    sender.sendto(QUERY, ("::1", facts["udp6"]))
    return sender.recv(99)


escaped_if_any([attempt])
