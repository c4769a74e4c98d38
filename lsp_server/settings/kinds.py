"""The kinds of values that a settings file may hold: how each is read and how it is shown."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ensemble.errors import RewardRefused
from ensemble.models.registry import Adapter
from ensemble.policy.policy import Tier
from ensemble.reward.reward_files import load
from lsp_server.settings.toml_text import (
    Value,
    shown,
    size_shown,
    span_shown,
    span_text,
    tiers_shown,
    url_shown,
)

_WITH_UNIT = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-zA-Z]+)\s*")
_DURATIONS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
_SIZES = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_MOST_SAMPLES = 16


class BadValue(ValueError):
    """A value is not of its key's kind; the message says what was given."""


@dataclass(frozen=True, slots=True)
class ValueKind:
    """What a key may hold."""

    words: str
    """What it is, for people: "a list of texts"."""
    parse: Callable[[Value], Value]
    """Makes the value that holds out of what somebody wrote; raises BadValue."""
    show: Callable[[Value], str] = shown
    """Writes a value that holds as TOML would, without what is secret in it."""


def _given(value: Value) -> str:
    """Write what somebody gave, cut short so that a message stays one line."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = 60
    return short.repr(value)


def _number(value: Value, least: float, most: float) -> float:
    # A bool is an int to Python and a mistake to whoever wrote the settings.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadValue(f"{_given(value)} is not a number")
    if not least <= value <= most:
        raise BadValue(f"{_given(value)} is out of range")
    return float(value)


def _text(value: Value) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadValue(f"{_given(value)} is not a text")
    return value


def _flag(value: Value) -> bool:
    if not isinstance(value, bool):
        raise BadValue(f"{_given(value)} is neither true nor false")
    return value


def _texts(value: Value) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise BadValue(f"{_given(value)} is not a list of texts")
    return tuple(_text(item) for item in value)


POLICIES = ("auto", "best-first", "cascade+vote", "cascade", "single")
"""The ways of asking and choosing that have names, the default first."""


def _reward(value: Value) -> str:
    name = _text(value)
    if name == "none":
        return ""
    if Path(name).suffix and not Path(name).expanduser().is_absolute():
        raise BadValue(f"{_given(value)} is not an absolute path")
    try:
        load(name)
    except RewardRefused as refusal:
        raise BadValue(str(refusal)) from refusal
    return name


def _policy(value: Value) -> str:
    name = _text(value)
    if name not in POLICIES and Path(name).suffix != ".toml":
        raise BadValue(f"{_given(value)} is none of them, and no .toml file")
    return name


def whole(least: int, most: int) -> ValueKind:
    """A whole number within bounds."""

    def parse(value: Value) -> int:
        number = _number(value, least, most)
        if not number.is_integer():
            raise BadValue(f"{_given(value)} is not a whole number")
        return int(number)

    return ValueKind(f"a whole number from {least:,} to {most:,}", parse)


def choice(*names: str) -> ValueKind:
    """One of a few words."""

    def parse(value: Value) -> str:
        if value not in names:
            raise BadValue(f"{_given(value)} is none of them")
        return str(value)

    return ValueKind("one of " + ", ".join(f'"{name}"' for name in names), parse)


def duration(least: float, most: float, bare: str) -> ValueKind:
    """A span of time, kept in seconds; a bare number counts in the unit `bare`."""

    def parse(value: Value) -> float:
        seconds = _measured(value, _DURATIONS, bare)
        if not least <= seconds <= most:
            raise BadValue(
                f"{_given(value)} is out of range ({span_text(least)} to {span_text(most)})"
            )
        return seconds

    unit = {"ms": "milliseconds", "s": "seconds"}[bare]
    return ValueKind(
        f'a time such as "{span_text(_EXAMPLE[bare])}", or a number of {unit}', parse, span_shown
    )


def _measured(value: Value, units: dict[str, float] | dict[str, int], bare: str) -> float:
    """Return a number with a unit in the base unit."""
    if not isinstance(value, str):
        return _number(value, 0, 1e12) * units[bare]
    match = _WITH_UNIT.fullmatch(value)
    unit = match[2] if match else ""
    # Sizes are written in every case; ms and MS are no different times either.
    factor = units.get(unit.lower())
    if match is None or factor is None:
        raise BadValue(f"{_given(value)} is not a number with a unit ({', '.join(units)})")
    return float(match[1]) * factor


_EXAMPLE = {"ms": 0.25, "s": 60.0}


def _bytes(value: Value) -> int:
    return int(_measured(value, _SIZES, "mib"))


def _tiers(value: Value) -> tuple[Tier, ...]:
    try:
        tiers = msgspec.convert(value, tuple[Tier, ...])
    except msgspec.ValidationError as error:
        raise BadValue(f"{_given(value)} is not a list of tiers ({error})") from None
    if not tiers:
        raise BadValue("the list is empty")
    for tier in tiers:
        if not 1 <= tier.samples <= _MOST_SAMPLES:
            raise BadValue(f"{tier.samples} samples are not 1 to {_MOST_SAMPLES}")
    return tiers


def _adapters(value: Value) -> tuple[Adapter, ...]:
    """Adapters are paths, or tables with a path and a scale."""
    if not isinstance(value, list | tuple):
        raise BadValue(f"{_given(value)} is not a list of adapters")
    items = [{"path": item} if isinstance(item, str) else item for item in value]
    try:
        return msgspec.convert(items, tuple[Adapter, ...])
    except msgspec.ValidationError as error:
        raise BadValue(f"{_given(value)} is not a list of adapters ({error})") from None


FLAG = ValueKind("true or false", _flag)
TEXT = ValueKind("a text", _text)
URL = ValueKind("a text", _text, url_shown)
TEXTS = ValueKind("a list of texts", _texts)
GLOBS = ValueKind("a list of patterns, written as in .gitignore", _texts)
NAMES = ValueKind(
    "a list of patterns: of a file's name, or with a slash of the end of its path", _texts
)
REWARD = ValueKind(
    'the name of a built-in reward, "none", or a path that begins with / or ~',
    _reward,
    lambda name: f'"{name or "none"}"',
)
POLICY = ValueKind(
    "one of " + ", ".join(f'"{name}"' for name in POLICIES) + ", or the path of a .toml file",
    _policy,
)
SHARE = ValueKind("a number from 0 to 1", lambda value: _number(value, 0, 1))
SIZE = ValueKind('a size such as "2 GiB", or a number of MiB', _bytes, size_shown)
TIERS = ValueKind(
    "a list of { model, samples, quorum, … }, with the fields of `[[tiers]]` in a policy file",
    _tiers,
    tiers_shown,
)
ADAPTERS = ValueKind("a list of paths, or of { path, scale }", _adapters)
