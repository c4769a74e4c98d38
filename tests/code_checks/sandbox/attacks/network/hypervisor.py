"""Opens a socket to the hypervisor, which network namespaces do not cover."""

import socket

from tests.code_checks.sandbox.attacks.evil import escaped_if_any

escaped_if_any([lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)])
