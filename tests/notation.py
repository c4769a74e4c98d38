"""Code with a cursor, and files of cases that are written in it.

`‸` marks the cursor: `hole("python", "print(‸)")`. A file of cases is plain text:

    # Lines before the first case say what the file is about.

    === a bracket that the editor has closed already
    python line
    --- code
    print(‸)
    --- text
    a, b)
    --- expected
    a, b

The line after a title holds words that the test understands. A section is its lines without the
last line end, so a text that ends in a line end has an empty line at its end. `⟦20⟧` is the
character U+0020, for what an editor would not show or keep. Blank lines between cases belong to
nobody: a title ends the section before it, with one blank line.

With COTERIE_UPDATE=1 in the environment the tests rewrite what they expect (`tests.golden`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from code_checks.hole import Hole
from tests.golden import updating

CURSOR = "‸"
_ESCAPE = re.compile(r"⟦([0-9A-F]{1,6})⟧")
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)


def hole(language: str, text: str) -> Hole:
    """Return the hole at the cursor mark in `text`, which must hold exactly one."""
    prefix, mark, suffix = text.partition(CURSOR)
    if not mark or CURSOR in suffix:
        raise ValueError(f"one {CURSOR} is wanted in {text!r}")
    return Hole(language, prefix, suffix)


@dataclass(frozen=True)
class Case:
    """One case of a file: its title, its words, and its sections by name."""

    path: Path
    title: str
    words: tuple[str, ...]
    sections: dict[str, str]

    def __str__(self) -> str:
        return f"{self.path.stem}: {self.title}"

    @property
    def hole(self) -> Hole:
        """The hole in the section `code`; the first word is its language."""
        return hole(self.words[0], self.sections["code"])


def read_cases(directory: Path) -> list[Case]:
    """Return the cases of all files in a directory."""
    return [case for path in sorted(directory.glob("*.txt")) for case in _read(path)[1]]


def check(case: Case, section: str, actual: str) -> None:
    """Compare with what a case expects, or write it down where expectations are rewritten."""
    if updating() and actual != case.sections.get(section):
        update(case, section, actual)
    else:
        expected = case.sections[section]
        assert actual == expected, f"{case}\nexpected {expected!r}\nbut got  {actual!r}"


def update(case: Case, section: str, actual: str) -> None:
    """Rewrite one expectation in a case's file."""
    preamble, cases = _read(case.path)
    changed = [
        replace(other, sections={**other.sections, section: actual})
        if other.title == case.title
        else other
        for other in cases
    ]
    case.path.write_text(_written(preamble, changed), encoding="utf-8")


def _read(path: Path) -> tuple[str, list[Case]]:
    text = path.read_text(encoding="utf-8") + "\n"  # The last case ends like all others.
    preamble, *parts = re.split(r"^=== ", text, flags=re.MULTILINE)
    cases = [_parsed(path, part.removesuffix("\n")) for part in parts]
    titles = [case.title for case in cases]
    if len(titles) != len(set(titles)):
        raise ValueError(f"{path.name} uses a title twice")
    return preamble if parts else preamble.removesuffix("\n"), cases


def _parsed(path: Path, part: str) -> Case:
    head, *sections = re.split(r"^--- ", part, flags=re.MULTILINE)
    title, _, words = head.partition("\n")
    bodies: dict[str, str] = {}
    for section in sections:
        name, _, body = section.partition("\n")
        bodies[name.strip()] = _ESCAPE.sub(_character, body.removesuffix("\n"))
    return Case(path, title.strip(), tuple(words.split()), bodies)


def _character(match: re.Match[str]) -> str:
    return chr(int(match.group(1), 16))


def _written(preamble: str, cases: list[Case]) -> str:
    parts = [preamble]
    for case in cases:
        parts.append(f"=== {case.title}\n{' '.join(case.words)}\n")
        for name, body in case.sections.items():
            shown = _UNSEEN.sub(lambda match: f"⟦{ord(match.group()):X}⟧", body)
            shown = re.sub(r" (?=\n|\Z)", "⟦20⟧", shown)
            parts.append(f"--- {name}\n{shown}\n" if body else f"--- {name}\n")
        parts.append("\n")
    return "".join(parts).removesuffix("\n")
