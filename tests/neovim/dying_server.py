"""A language server that gives up as soon as it has been initialized."""

from __future__ import annotations

import json
import sys
from typing import Any


def receive() -> Any:
    """Read one message."""
    length = 0
    while line := sys.stdin.buffer.readline().strip():
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    return json.loads(sys.stdin.buffer.read(length))


def main() -> int:
    request = receive()
    answer = {"jsonrpc": "2.0", "id": request["id"], "result": {"capabilities": {}}}
    body = json.dumps(answer).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    sys.stdout.buffer.flush()
    receive()
    return 1


if __name__ == "__main__":
    sys.exit(main())
