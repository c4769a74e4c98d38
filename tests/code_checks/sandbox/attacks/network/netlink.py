"""Talks to the kernel about network interfaces."""

import socket

from tests.code_checks.sandbox.attacks.evil import escaped_if_any

escaped_if_any([lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)])
