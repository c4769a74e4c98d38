"""Filters for what is not code at all: chat, and characters that nobody sees.

Control tokens are no matter of spelling: engines end a text at the tokens of their vocabulary, and
`<filename>` in a text is code.
"""

from __future__ import annotations

import re

from code_checks.hole import Hole
from code_checks.languages import is_prose, language_named
from code_checks.text.lexical import balance, scan

# The characters of the Trojan Source attack (Boucher and Anderson 2021, CVE-2021-42574): they make
# an editor show an order of characters that is not the one that runs.
_BIDIRECTIONAL = re.compile("[\u202a-\u202e\u2066-\u2069]")
# C0 and C1 controls except tab and line feed, separators that only some programs take for line
# ends, zero-width and filler characters, tags ("ASCII smuggling"), and lone surrogates.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e"
    "\u200f\u2028\u2029\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)
# What people do write: form feeds between sections, and marks in text of several scripts.
_USED_BY_PEOPLE = "\x0c\u00ad\u061c\u200b\u200e\u200f"
# Joiners make one emoji of several and shape Indic and Persian words: right between characters
# outside ASCII, and nowhere else.
_STRAY_JOINER = re.compile("(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])")
_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>\s*?\n?|\Z)", re.DOTALL)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[\w+#.-]*[ \t]*$", re.MULTILINE)
_LEAD_IN = re.compile(
    r"\s*(?:sure|certainly|of course|okay|ok|absolutely|great|here(?:'s|’s| is| are)"
    r"|the (?:following|missing|completed?|full|above|code|answer|solution)\b"
    r"|(?:this|that|it) (?:code|function|is|will|should)\b|to (?:complete|fix|implement|fill)\b"
    r"|i(?:'ve|’ve|'ll| have| will| think)\b|you (?:can|need|should)\b|let(?:'s| me)\b"
    r"|(?:code|answer|output|completion|solution)\s*:$)[^=;{}\[\]]*[:.!,]?\s*",
    re.IGNORECASE,
)


def drop_bidirectional(hole: Hole, text: str) -> str:
    """Drop a text that holds a bidirectional control: it may not be what it looks like."""
    return "" if _BIDIRECTIONAL.search(text) else text


def remove_invisible(hole: Hole, text: str) -> str:
    """Remove characters that nobody sees and no code needs, but for those the document uses."""
    if text.isascii() and text.isprintable():
        return text

    def keep_known(match: re.Match[str]) -> str:
        char = match.group()
        is_known = char in _USED_BY_PEOPLE and (char in hole.prefix or char in hole.suffix)
        return char if is_known else ""

    return _STRAY_JOINER.sub("", _INVISIBLE.sub(keep_known, text))


def remove_thinking(hole: Hole, text: str) -> str:
    """Remove what a model thinks aloud before it answers."""
    if "<think" not in text or "<think" in hole.prefix:
        return text
    return _THINKING.sub("", text)


def unwrap_fence(hole: Hole, text: str) -> str:
    """Keep what is inside a Markdown fence, or what stands before a fence that ends the code."""
    if is_prose(hole.language) or balance(hole).inside:
        return text
    opening = _FENCE.search(text)
    if opening is None or scan(hole.language, text[: opening.start()]).inside:
        return text
    before = text[: opening.start()]
    if any(line.strip() and not _is_lead_in(line) for line in before.split("\n")):
        return before
    inside = text[opening.end() + 1 :]
    closing = _FENCE.search(inside)
    inside = inside[: closing.start()] if closing else inside
    is_body = hole.line_head.rstrip().endswith((":", "{"))
    return "\n" + inside if is_body else inside


def remove_lead_in(hole: Hole, text: str) -> str:
    """Remove a first line such as "Here is the code:"."""
    known = language_named(hole.language)
    if known is None or is_prose(hole.language) or balance(hole).inside:
        return text
    while text.strip():
        line, _, rest = text.lstrip("\n").partition("\n")
        if not _is_lead_in(line):
            return text
        text = rest
    return text


def _is_lead_in(line: str) -> bool:
    """Say whether a line is a sentence to the user; a single word may be a name."""
    return _LEAD_IN.fullmatch(line) is not None and (
        line.rstrip().endswith((":", "!", ".")) and (" " in line.strip() or line.strip()[-1] == "!")
    )
