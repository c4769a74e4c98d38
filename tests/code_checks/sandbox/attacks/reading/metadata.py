"""Asks whether a file outside exists, how large it is, and which processes there are.

threat: metadata
"""

import os
from pathlib import Path

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts


def process() -> str:
    os.stat(f"/proc/{facts['victim']}")
    return "the victim lives"


escaped_if_any([lambda: Path(facts["canary"]).stat().st_size, process])
