"""Replaces and removes a file outside."""

import os

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts


def replace() -> str:
    open("mine", "w").write("attacked")
    os.replace("mine", facts["canary"])
    return "replaced"


def remove() -> str:
    os.unlink(facts["canary"])
    return "removed"


escaped_if_any([replace, remove])
