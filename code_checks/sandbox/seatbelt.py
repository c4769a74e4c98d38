"""The profile for macOS' sandbox-exec. Written from its documentation; never run by us."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence

_READABLE = ("/usr/lib", "/usr/share", "/usr/bin", "/bin", "/System", "/Library/Frameworks",
             "/Library/Developer", "/private/var/db/dyld", "/private/etc/ssl")  # fmt: skip
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")


def missing() -> str:
    """Return why sandbox-exec cannot be tried, "" if it can."""
    return "" if shutil.which("sandbox-exec") else "sandbox-exec is not there"


def arguments(directory: str, readable: Sequence[str]) -> list[str]:
    """Return sandbox-exec's part of a command line."""
    return ["sandbox-exec", "-p", profile(directory, readable)]


def profile(directory: str, readable: Sequence[str]) -> str:
    """Return the rules: everything is denied but what is named."""
    lines = [
        "(version 1)",
        "(deny default)",
        "(allow process-fork)",
        "(allow signal (target same-sandbox))",
        "(allow sysctl-read)",
        "(allow file-read-metadata)",
        f"(allow process-exec {_below([*_READABLE, *readable, directory])})",
        f"(allow file-read* {_below([*_READABLE, *readable, directory])})",
        f"(allow file-read* {_exactly(_DEVICES)})",
        f"(allow file-write* {_below([directory])})",
        f"(allow file-write-data {_exactly(_DEVICES[:2])})",
    ]
    return "\n".join(lines)


def _below(paths: Sequence[str]) -> str:
    return " ".join(f"(subpath {json.dumps(path)})" for path in paths)


def _exactly(paths: Sequence[str]) -> str:
    return " ".join(f"(literal {json.dumps(path)})" for path in paths)
