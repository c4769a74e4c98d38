"""Climbs out of the working directory."""

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts

escaped_if_any([lambda: open("../" * 30 + facts["secret_file"]).read()])
