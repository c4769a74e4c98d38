"""Starts many processes."""

from tests.code_checks.sandbox.attacks.evil import children, escaped

if children(60, lambda number: None) == 60:
    escaped("60 processes")
