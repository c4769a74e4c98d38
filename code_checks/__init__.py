"""Text as code: where it is wanted, what of it fits, and what is wrong with it in place.

A check takes a hole and a text, changes nothing, and returns a verdict; it never raises because
of the code. This package knows no model, no score and no editor.
"""

from code_checks.canonical import canonical_key
from code_checks.hole import Extent, Hole
from code_checks.names import check_names
from code_checks.syntax import check_syntax
from code_checks.trim import trim
from code_checks.verdict import Outcome, Verdict

__all__ = [
    "Extent",
    "Hole",
    "Outcome",
    "Verdict",
    "canonical_key",
    "check_names",
    "check_syntax",
    "trim",
]
