"""Whether the settings want a suggestion at a place at all."""

from __future__ import annotations

from code_checks.hole import Hole
from code_checks.lexical import balance, is_string
from lsp_server.settings import Settings


def refusal(settings: Settings, hole: Hole) -> str:
    """Return the reason for which nothing is to be suggested in a hole, naming the key; "" if
    suggestions are wanted there.

    Comments and strings are found approximately and fast; see `code_checks.lexical`.
    """
    language = f"languages.{hole.language}.enabled"
    if not settings.enabled:
        return _named(settings, "enabled")
    if not settings.enabled_for(hole.language):
        return _named(settings, language)
    if settings.in_comments and settings.in_strings:
        return ""
    inside = balance(hole).inside
    if inside and is_string(inside):
        return "" if settings.in_strings else _named(settings, "suggest.in_strings")
    return _named(settings, "suggest.in_comments") if inside and not settings.in_comments else ""


def _named(settings: Settings, key: str) -> str:
    return f"`{key}` is false ({settings.origin(key)})"
