"""Lists the home directory."""

import os

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts

escaped_if_any([lambda: os.listdir(facts["home"]) or None])
