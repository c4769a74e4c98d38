"""Reads a file in the home directory."""

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts

escaped_if_any([lambda: open(facts["secret_file"]).read()])
