"""No file names a package registry or the machine that it was written on."""

from __future__ import annotations

import re

import pytest

from tests.tidy.sources import ROOT, files, text

REGISTRIES = {
    "a package registry": r"pypi[.]org|pythonhosted[.]org|registry[.]npmjs|crates[.]io/api",
    "a distribution's mirror": r"deb[.]debian[.]org|archive[.]ubuntu[.]com|^URIs: *http",
    "a registry's index": r"https?://[^\s\"]*/simple(?=[/\"\s]|$)",
    "a configured registry": r"(index-url|registry) *[=:] *\"?https?://",
    "a resolved lock entry": r"\"resolved\": *\"https?://",
}


def lines_matching(pattern: str) -> list[str]:
    """Return where a pattern occurs in the repository's text files."""
    search = re.compile(pattern).search
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name in files()
        for number, line in enumerate(text(name).split("\n"), 1)
        if search(line)
    ]


@pytest.mark.parametrize("kind", REGISTRIES)
def test_no_file_names(kind: str) -> None:
    assert lines_matching(REGISTRIES[kind]) == []


def test_no_file_names_this_checkout() -> None:
    assert lines_matching(re.escape(f"{ROOT}") + r"(?![\w-])") == []


def test_the_search_finds_what_is_there() -> None:
    assert lines_matching(r"^def test_the_search_finds_what_is_there")
