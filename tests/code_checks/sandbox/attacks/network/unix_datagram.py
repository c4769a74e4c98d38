"""Sends to a service's socket file from one end of a harmless pair, which needs no new socket."""

import socket

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts


def attempt() -> int:
    mine, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    return mine.sendto(b"attacked", facts["unix_datagram"])


def stream_pair() -> int:
    mine, _ = socket.socketpair()
    mine.connect(facts["unix_stream"])
    return mine.send(b"attacked")


escaped_if_any([attempt, stream_pair])
