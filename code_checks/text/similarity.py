"""How alike two pieces of code are, by their lines or by the names in them."""

from __future__ import annotations

import re
from functools import lru_cache

_REPEATED = 0.5
_IDENTIFIER = re.compile(r"[^\W\d]\w{2,}")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_MOST_TOKENS = 40
_MEMBER = re.compile(r"(?:\.|->|::)([^\W\d]\w{2,})")
_KEYWORDS = """
and assert async await bool break case catch char class const continue def default del do elif else
enum except export extends false finally float for from func function impl implements import int
interface lambda let match mod mut new nil none nonlocal not null package pass private protected
pub public raise return self static str string struct super switch this throw throws true try type
use using var void while with yield
"""
_COMMON = frozenset(_KEYWORDS.split())


def dice(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the similarity of two sets, 0 to 1 (Dice 1945)."""
    size = len(one) + len(other)
    return 2 * len(one & other) / size if size else 1.0


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of common members among all members of two sets (Jaccard 1901)."""
    union = len(one | other)
    return len(one & other) / union if union else 1.0


@lru_cache(maxsize=1024)
def identifiers_in(text: str) -> frozenset[str]:
    """Return the names in a text, without short ones and the keywords of common languages."""
    return frozenset(_IDENTIFIER.findall(text)) - _COMMON


def members_in(text: str) -> frozenset[str]:
    """Return the names that stand after a dot, an arrow or two colons."""
    return frozenset(_MEMBER.findall(text))


@lru_cache(maxsize=256)
def lines_in(text: str) -> frozenset[str]:
    """Return a text's lines, stripped, without blank ones and lone brackets."""
    return frozenset(line for raw in text.split("\n") if len(line := raw.strip()) > 1)


def repeats(text: str, shown: frozenset[str]) -> bool:
    """Tell whether a text says nothing, or for the most part what `shown` lines say already."""
    lines = lines_in(text)
    return not lines or len(lines & shown) > len(lines) * _REPEATED


@lru_cache(maxsize=512)
def edit_similarity(one: str, other: str) -> float:
    """Return 1 minus the edits of whole tokens that turn one text into the other, as a part of the
    longer one (Levenshtein 1966), 0 to 1. Only the first tokens of long texts are compared."""
    ours, theirs = _TOKEN.findall(one)[:_MOST_TOKENS], _TOKEN.findall(other)[:_MOST_TOKENS]
    longer = max(len(ours), len(theirs))
    distances = list(range(len(theirs) + 1))
    for row, token in enumerate(ours, start=1):
        diagonal, distances[0] = row - 1, row
        for column, their in enumerate(theirs, start=1):
            change = diagonal if token == their else 1 + diagonal
            diagonal = distances[column]
            distances[column] = min(change, 1 + diagonal, 1 + distances[column - 1])
    return 1 - distances[-1] / longer if longer else 1.0
