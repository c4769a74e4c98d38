"""The profile for macOS' sandbox-exec.

Written from its documentation. Until the attack suite has run on a Mac, nobody knows what it
contains, so `missing` says that it cannot be used.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence

_READABLE = ("/usr/lib", "/usr/share", "/usr/bin", "/bin", "/System", "/Library/Frameworks",
             "/Library/Developer", "/private/var/db/dyld", "/private/etc/ssl")  # fmt: skip
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")


TRY_VARIABLE = "COTERIE_TRY_SEATBELT"
"""The environment variable with which a developer has it tried nevertheless, set to 1."""
UNPROVEN = (
    "it has not been proven: the attack suite (tests/code_checks/sandbox) has never run on macOS"
)


def missing() -> str:
    """Return why sandbox-exec cannot be tried, "" if it can."""
    if not shutil.which("sandbox-exec"):
        return "sandbox-exec is not there"
    return "" if os.environ.get(TRY_VARIABLE) == "1" else UNPROVEN


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
