"""Connects to a TCP service of the machine."""

import socket

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts

escaped_if_any([lambda: socket.create_connection(("127.0.0.1", facts["tcp4"]), 1).recv(9)])
