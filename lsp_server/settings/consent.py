"""Whether the settings want a suggestion at a place at all."""

from __future__ import annotations

from code_checks.hole import Hole
from code_checks.languages import language_named
from code_checks.text.lexical import balance, is_string
from lsp_server.settings.settings import Settings


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
    if settings.in_comments and settings.in_strings:
        return ""
    inside = balance(hole).inside
    if inside and is_string(inside):
        return "" if settings.in_strings else _named(settings, "suggest.in_strings")
    return _named(settings, "suggest.in_comments") if inside and not settings.in_comments else ""


def _names(identifier: str) -> list[str]:
    """Return what a language may be called in the settings: as the editor does, and by its own
    name (`shellscript` for Vim's `sh`)."""
    known = language_named(identifier)
    return [identifier, known.name] if known and known.name != identifier else [identifier]


def _named(settings: Settings, key: str) -> str:
    return f"`{key}` is false ({settings.origin(key)})"
