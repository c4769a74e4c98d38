"""Opens a file outside to everybody, by name and by descriptor."""

import os

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts


def by_name() -> str:
    os.chmod(facts["canary"], 0o777)
    return "by name"


def by_descriptor() -> str:
    os.fchmod(os.open(facts["canary"], os.O_RDONLY), 0o777)
    return "by descriptor"


escaped_if_any([by_name, by_descriptor])
