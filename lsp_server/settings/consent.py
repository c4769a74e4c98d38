"""Whether the settings want a suggestion at a place at all."""

from __future__ import annotations

import re

from code_checks.hole import Hole
from code_checks.languages import language_named
from code_checks.text.lexical import balance, is_string
from lsp_server.settings.settings import Settings

_CONFLICT = re.compile(r"^(<{7}|>{7}|\|{7}|={7})(?=[ \r\n]|\Z)", re.MULTILINE)
"""A line that marks a merge conflict: where it begins, its base, its middle, its end."""


def refusal(settings: Settings, hole: Hole) -> str:
    """Return the reason for which nothing is to be suggested in a hole, naming the key; "" if
    suggestions are wanted there.

    Comments and strings are found approximately and fast; see `code_checks.text.lexical`.
    """
    if not settings.enabled:
        return _named(settings, "enabled")
    for language in _names(hole.language):
        if not settings.enabled_for(language):
            return _named(settings, f"languages.{language}.enabled")
    if in_conflict(hole):
        return "it stands in a merge conflict: which side is right, nobody has said yet"
    if settings.in_comments and settings.in_strings:
        return ""
    inside = balance(hole).inside
    if inside and is_string(inside):
        return "" if settings.in_strings else _named(settings, "suggest.in_strings")
    return _named(settings, "suggest.in_comments") if inside and not settings.in_comments else ""


def in_conflict(hole: Hole) -> bool:
    """Tell whether a hole stands between the markers that git and others put around a conflict."""
    document = hole.prefix + hole.suffix
    if "<<<<<<<" not in document or ">>>>>>>" not in document:
        return False
    whole = hole.line_head + hole.line_tail
    before = hole.prefix[: len(hole.prefix) - len(hole.line_head)]
    after = hole.suffix[len(hole.line_tail) :]
    if _CONFLICT.match(whole):
        return True
    opened = [mark for mark in _CONFLICT.findall(before) if mark[0] in "<>"]
    closing = next((mark for mark in _CONFLICT.findall(after) if mark[0] in "<>"), "")
    return bool(opened) and opened[-1][0] == "<" and closing[:1] == ">"


def _names(identifier: str) -> list[str]:
    """Return what a language may be called in the settings: as the editor does, and by its own
    name (`shellscript` for Vim's `sh`)."""
    known = language_named(identifier)
    return [identifier, known.name] if known and known.name != identifier else [identifier]


def _named(settings: Settings, key: str) -> str:
    return f"`{key}` is false ({settings.origin(key)})"
