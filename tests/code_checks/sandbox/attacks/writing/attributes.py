"""Gives a file outside an extended attribute.

depends: a file system with attributes
"""

import os

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts


def attempt() -> str:
    os.setxattr(facts["canary"], "user.attack", b"attacked")
    return "attribute"


escaped_if_any([attempt])
