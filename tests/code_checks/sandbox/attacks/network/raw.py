"""Opens raw and packet sockets."""

import socket

from tests.code_checks.sandbox.attacks.evil import escaped_if_any

escaped_if_any(
    [
        lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
        lambda: socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6),
        lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
    ]
)
