"""Writes into a file outside."""

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts

escaped_if_any([lambda: open(facts["canary"], "a").write("attacked")])
