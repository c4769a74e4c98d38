"""Reads a file in the home directory."""

from tests.sandbox.attacks.evil import escaped_if_any, facts

escaped_if_any([lambda: open(facts["secret_file"]).read()])
