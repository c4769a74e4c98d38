"""`coterie serve`: the language server, over the standard streams or a TCP port."""

from __future__ import annotations

import ipaddress
import re

from lsp_server.commands.command_errors import CommandError, WrongUsage
from lsp_server.commands.console import warn
from lsp_server.server.serving import run_stdio, run_tcp

_ADDRESS = re.compile(
    r"(?:\[(?P<six>[0-9a-fA-F:.%\w]+)\]|(?P<host>[^:\[\]]*)):(?P<port>[0-9]{1,5})"
)


def serve(address: str | None) -> int:
    """Serve until the client goes; return the exit code. Raises CommandError."""
    if address is None:
        return run_stdio()
    host, port = parse_address(address)
    if not _is_loopback(host):
        warn(f"whoever can reach {address} can use this server; there is no password")
    try:
        return run_tcp(host, port)
    except OSError as error:
        raise CommandError(f"cannot listen on {address}: {error.strerror or error}") from None


def parse_address(address: str) -> tuple[str, int]:
    """Read HOST:PORT, where an IPv6 address stands in brackets and no host is this machine.

    Raises WrongUsage.
    """
    match = _ADDRESS.fullmatch(address)
    if match is None or int(match["port"]) > 65_535:
        raise WrongUsage(f"--tcp {address!r} is not HOST:PORT, such as 127.0.0.1:7777")
    return match["six"] or match["host"] or "127.0.0.1", int(match["port"])


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"
