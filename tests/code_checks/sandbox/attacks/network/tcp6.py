"""Connects to a TCP service of the machine over IPv6."""

import socket

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts

escaped_if_any([lambda: socket.create_connection(("::1", facts["tcp6"]), 1).recv(9)])
