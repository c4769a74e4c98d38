"""Runs a command where there is no network: in a network namespace without interfaces."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache

WAYS: tuple[tuple[str, ...], ...] = (
    ("unshare", "--net", "--"),
    ("unshare", "--user", "--map-root-user", "--net", "--"),
    ("bwrap", "--unshare-net", "--dev-bind", "/", "/", "--"),
)


@cache
def prefix() -> tuple[str, ...] | None:
    """Return what goes before a command, or None where nothing works on this machine."""
    for way in WAYS:
        if shutil.which(way[0]) and subprocess.run(
            [*way, "true"], capture_output=True, check=False
        ).returncode == 0:  # fmt: skip
            return way
    return None


def refusal() -> str:
    """Return why no command can be run so, "" if one can."""
    tried = "; ".join(" ".join(way) for way in WAYS)
    return "" if prefix() else f"this machine allows no network namespace (tried: {tried})"
