"""Values of settings as a settings file would write them, without what is secret in them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ensemble.models.server_url import without_credentials
from ensemble.policy.policy import Tier

Value = object
"""What a settings file may hold, before and after it was read."""


def shown(value: Value) -> str:
    """Write a value as TOML would."""
    if value is None:
        return "unset"
    if isinstance(value, tuple | list):
        return f"[{', '.join(shown(item) for item in value)}]"
    if isinstance(value, str | bool | int | float):
        return msgspec.json.encode(value).decode()
    fields = msgspec.to_builtins(value)
    written = (f"{key} = {shown(item)}" for key, item in fields.items() if item not in (None, ""))
    return f"{{ {', '.join(written)} }}"


def span_text(seconds: float) -> str:
    """Write a span of time with its unit, without quotes."""
    return f"{seconds * 1000:g} ms" if 0 < seconds < 1 else f"{seconds:g} s"


def span_shown(value: Value) -> str:
    """Write a span of time, which is kept in seconds."""
    return f'"{span_text(value)}"' if isinstance(value, float) else shown(value)


def size_shown(value: Value) -> str:
    """Write a size, which is kept in bytes."""
    return f'"{value / 2**20:g} MiB"' if isinstance(value, int) else shown(value)


def tiers_shown(value: Value) -> str:
    """Write a list of tiers, of each what somebody said of it."""
    if not isinstance(value, Sequence):
        return shown(value)
    tiers = (_tier_shown(tier) for tier in value if isinstance(tier, Tier))
    return f"[{', '.join(tiers)}]"


def _tier_shown(tier: Tier) -> str:
    """Write what somebody said of a tier, and what decides in any case."""
    said = msgspec.to_builtins(tier)
    default = msgspec.to_builtins(Tier(tier.model))
    written = {
        name: value
        for name, value in said.items()
        if name in ("model", "samples", "quorum") or value != default[name]
    }
    return f"{{ {', '.join(f'{name} = {shown(value)}' for name, value in written.items())} }}"


def url_shown(value: Value) -> str:
    """Write a URL without the user and the password that it may hold."""
    return shown(without_credentials(value) if isinstance(value, str) else value)
