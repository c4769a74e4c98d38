"""Reading what of a workspace may judge a function: its test files and what they import.

Only files that the workspace's rules allow are read, a bounded number of them, and only such that
are named like tests and mention the function.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from code_checks.execution.visible_tests import Sources
from code_checks.execution.workspace_tests import imported_paths, is_test_path, mentions
from code_checks.trees.functions import Function
from ensemble.file_rules import FileRules
from ensemble.request import CompletionRequest

_MOST_FOLDERS = 2_000
_MOST_TESTS = 4
_MOST_FILES = 40
_LARGEST = 200_000  # Bytes.
_SKIPPED = frozenset((
    "node_modules", "__pycache__", "venv", "env", "site-packages", "dist", "build", "target",
    "vendor",
))  # fmt: skip


def sources_of(request: CompletionRequest, function: Function) -> Sources:
    """Return the test files that reach a function, and the files that these and its own import."""
    rules, path = request.rules, request.path
    if rules is None or rules.root is None or not path:
        return Sources()
    language = function.language
    tests: dict[str, str] = {}
    for file in _test_files(rules, rules.root, language):
        text = _read(rules, file)
        if text is not None and mentions(text, function, path):
            tests[file] = text
        if len(tests) == _MOST_TESTS:
            break
    files = _imported(rules, language, path, {path: request.hole.fill(""), **tests})
    return Sources(path, tests, files, request.packages)


def _test_files(rules: FileRules, root: Path, language: str) -> Iterator[str]:
    for folder, names, files in islice(os.walk(root), _MOST_FOLDERS):
        names[:] = sorted(n for n in names if n not in _SKIPPED and not n.startswith("."))
        for name in sorted(files):
            path = Path(folder, name).relative_to(root).as_posix()
            if is_test_path(path, language) and rules.allows(path):
                yield path


def _imported(rules: FileRules, language: str, own: str, texts: dict[str, str]) -> dict[str, str]:
    """Return the workspace's files that these texts import, and what those import in turn."""
    found: dict[str, str] = {}
    waiting = list(texts.items())
    while waiting and len(found) < _MOST_FILES:
        path, text = waiting.pop(0)
        for imported in imported_paths(language, path, text):
            if imported in found or imported in texts or imported == own:
                continue
            content = _read(rules, imported)
            if content is not None:
                found[imported] = content
                waiting.append((imported, content))
    return found


def _read(rules: FileRules, path: str) -> str | None:
    """Return a file's text, None if it may not be read or cannot be."""
    assert rules.root is not None
    file = rules.root / path
    try:
        if not file.is_file() or file.stat().st_size > _LARGEST or not rules.allows(path):
            return None
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
