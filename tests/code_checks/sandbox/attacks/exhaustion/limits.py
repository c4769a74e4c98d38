"""Raises its own limits."""

import resource
from functools import partial

from tests.code_checks.sandbox.attacks.evil import escaped_if_any

NAMES = ("RLIMIT_CPU", "RLIMIT_AS", "RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_CORE")


def attempt(name: str) -> str | None:
    kind = getattr(resource, name)
    _, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY:
        return f"{name} has no bound"
    try:
        resource.setrlimit(kind, (hard + 1, hard + 1))
    except ValueError as error:
        raise OSError(*error.args) from error
    return f"{name} raised"


escaped_if_any([partial(attempt, name) for name in NAMES])
