"""Gives a file outside a second name inside."""

import os

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts


def attempt() -> str:
    os.link(facts["secret_file"], "hard")
    return open("hard").read()


escaped_if_any([attempt])
