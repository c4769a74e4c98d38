"""Tries every family of sockets that there is, beyond local and IP ones."""

import socket
from functools import partial

from tests.code_checks.sandbox.attacks.evil import escaped_if_any

KNOWN = {socket.AF_UNIX, socket.AF_INET, socket.AF_INET6}
KINDS = (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET)
escaped_if_any(
    [
        partial(socket.socket, family, kind)
        for family in range(3, 46)
        if family not in KNOWN
        for kind in KINDS
    ]
)
