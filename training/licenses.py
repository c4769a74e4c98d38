"""What a package's own metadata says of its license, and whether the corpus may hold it."""

from __future__ import annotations

import re
from email.message import Message

FAMILIES = {
    "PSF": r"PSF(-2\.0)?|Python-2\.0(\.1)?|Python Software Foundation License|Matplotlib.*",
    "MIT": r"MIT(-0)?|(The )?MIT License( \(MIT\))?|Expat( License)?|MIT No Attribution.*",
    "BSD": r"(New |Modified |Revised |Simplified )?(\d[- ]Clause )?BSD"
    r"([- ]?[23]([- ]Clause)?)?( License)?( \(.*\))?|BSD-3-Clause-LBNL",
    "Apache-2.0": r"Apache([- ]2(\.0)?)?|(The )?Apache (Software )?(License|2)"
    r"[, ]*(Version |v)?(2(\.0)?)?( License)?|Apache 2\.0 License",
    "ISC": r"ISC( License)?( \(ISCL\))?",
    "0BSD": r"0BSD|BSD Zero Clause License",
    "Unlicense": r"(The )?Unlicense( \(Unlicense\))?",
}
"""Family: the spellings that metadata uses for it, as a regular expression of the whole text."""

COPYLEFT = re.compile(
    r"GNU (Affero |Lesser |Library )?General Public License|\bA?L?GPL[- v]?[23]|"
    r"Mozilla Public License|CC[- ]BY[- ]SA|SPDX-License-Identifier:\s*\S*(GPL|MPL|SSPL|BUSL)",
    re.IGNORECASE,
)
"""Marks inside a file of a license other than its package's."""


def family(name: str) -> str | None:
    """The family of one license name, or None for one that is not permissive in our sense."""
    tidy = " ".join(name.split())
    for known, spelling in FAMILIES.items():
        if re.fullmatch(spelling, tidy, re.IGNORECASE):
            return known
    return None


def of_expression(expression: str, allowed: tuple[str, ...]) -> bool:
    """Whether an SPDX expression permits use under allowed families alone.

    AND binds tighter than OR, as SPDX says; parentheses around an OR inside an AND are resolved
    first. An exception (WITH) never makes a license less permissive, so it is dropped.
    """
    text = re.sub(r"\s+WITH\s+[\w.-]+", "", expression, flags=re.IGNORECASE)
    while inner := re.search(r"\(([^()]*)\)", text):
        verdict = "MIT" if of_expression(inner[1], allowed) else "refused"
        text = text[: inner.start()] + verdict + text[inner.end() :]
    return any(
        all(family(name) in allowed for name in re.split(r"\s+AND\s+", choice, flags=re.I))
        for choice in re.split(r"\s+OR\s+", text, flags=re.I)
    )


def of_metadata(metadata: Message, allowed: tuple[str, ...]) -> tuple[str, bool]:
    """The declared license as text, and whether it is allowed.

    An SPDX expression decides alone. Otherwise every license classifier must be allowed, and
    only without any classifier does the free-text field count, if it is one short line.
    """
    if expression := metadata.get("License-Expression"):
        return expression, of_expression(expression, allowed)
    classifiers = [
        value.rsplit(" :: ", 1)[-1]
        for value in metadata.get_all("Classifier", [])
        if value.startswith("License ::") and value != "License :: OSI Approved"
    ]
    if classifiers:
        return "; ".join(classifiers), all(family(name) in allowed for name in classifiers)
    lines = (metadata.get("License") or "").strip().splitlines()
    declared = lines[0] if lines else "none"
    names = re.split(r"\s+(?:OR|AND|and|or)\s+|/", declared)
    return declared, all(family(name) in allowed for name in names)
