"""Writes down what a function returned so that equal values have equal texts."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

_MOST_ITEMS = 1000
_LONG = 1000
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_DEEPEST = 50


def describe(value: object) -> str:
    """Return a value's `repr`, with sets and dictionaries sorted, iterators read, addresses out.

    A long text is cut, and a digest of the whole tells it from others with the same beginning.
    Whatever the value's own methods raise comes out of here.
    """
    text = _text(value, 0)
    if len(text) <= _LONG:
        return text
    import hashlib  # noqa: PLC0415 -- 5 ms that hardly any value needs

    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()
    return f"{text[:_LONG]}… {len(text)} characters, sha256 {digest}"


def _text(value: object, depth: int) -> str:
    if depth > _DEEPEST:
        return "…"
    kind = type(value)
    if kind is list or kind is tuple:
        return _sequence(value, depth)  # type: ignore[arg-type]
    if kind is set or kind is frozenset:
        inner = ", ".join(sorted(_text(item, depth + 1) for item in value))  # type: ignore[attr-defined]
        return f"{kind.__name__}({{{inner}}})"
    if kind is dict:
        pairs = value.items()  # type: ignore[attr-defined]
        items = (f"{_text(k, depth + 1)}: {_text(v, depth + 1)}" for k, v in pairs)
        return f"{{{', '.join(sorted(items))}}}"
    if isinstance(value, Iterator):
        # Two generators never compare equal, but what they yield may.
        return f"iterator {_sequence(list(itertools.islice(value, _MOST_ITEMS)), depth)}"
    return _ADDRESS.sub("", repr(value))


def _sequence(value: list[object] | tuple[object, ...], depth: int) -> str:
    inner = ", ".join(_text(item, depth + 1) for item in value)
    if isinstance(value, tuple):
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return f"[{inner}]"
