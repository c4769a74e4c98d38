"""Changes the program that sets sandboxes up."""

from functools import partial

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts


def attempt(path: str) -> str:
    with open(path, "a") as file:
        file.write("\n# attacked\n")
    return path


PATHS = (facts["harness"], "/coterie/inside/launcher.py")
escaped_if_any([partial(attempt, path) for path in PATHS])
