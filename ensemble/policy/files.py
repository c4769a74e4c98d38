"""Policies as files: TOML that people can read, change and hand on; read and written here only."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ensemble.errors import PolicyRefused
from ensemble.policy.policy import Policy, Tier

if TYPE_CHECKING:
    import tomlkit.items

_ALWAYS_WRITTEN = ("quorum", "minimum_agreement")
"""What is written even where it is the default: whoever reads the file looks for it."""
_TABLES = ("weights", "skills", "router")
"""The fields of a policy that are tables, which TOML wants behind everything else."""

Comment = Mapping[str, str]
"""What is said behind a field's value, by the field's name."""


class PolicyFile(NamedTuple):
    """What a policy file holds."""

    policy: Policy
    """Named after the file, unless the file says otherwise. A reward's name is as written."""
    fitted_on: str | None
    """The tasks that it was fitted on, if it was."""


def read_policy(path: Path) -> PolicyFile:
    """Read the fields of `Policy` in TOML, and `fitted_on`. Raises PolicyRefused."""
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
        fitted_on = msgspec.convert(fields.pop("fitted_on", None), str | None)
        policy = msgspec.convert({"name": path.stem, **fields}, Policy)
    except OSError as error:
        raise PolicyRefused(f"{path.name} cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise PolicyRefused(f"{path.name} is no policy: {error}") from error
    if not policy.tiers:
        raise PolicyRefused(f"{path.name} is no policy: `tiers` is empty")
    return PolicyFile(policy, fitted_on)


def policy_text(
    policy: Policy, fitted_on: str, head: Iterable[str] = (), *,
    comments: Comment | None = None, tier_comments: Iterable[Comment] = (),
) -> str:  # fmt: skip
    """Return the file for a policy: what differs from the defaults.

    `head` are lines of comment at its beginning, `fitted_on` names the tasks that it was fitted
    on, `comments` and, for each tier in order, `tier_comments` explain values.
    """
    # Only those who write a policy wait for the library that keeps comments.
    import tomlkit  # noqa: PLC0415

    document = tomlkit.document()
    for line in head:
        document.add(tomlkit.comment(line) if line else tomlkit.comment(""))
    document["fitted_on"] = fitted_on
    said = comments or {}
    for name, value in _changed(policy, Policy(()), ("tiers", "name", *_TABLES)):
        document[name] = _item(value, said.get(name, ""))
    tiers = tomlkit.aot()
    explained = [*tier_comments]
    for number, tier in enumerate(policy.tiers):
        about = explained[number] if number < len(explained) else {}
        table = tomlkit.table()
        for name, value in _changed(tier, Tier(""), ()):
            table[name] = _item(value, about.get(name, ""))
        tiers.append(table)
    document["tiers"] = tiers
    for name in _TABLES:
        if value := msgspec.to_builtins(getattr(policy, name)):
            document[name] = _item(value, said.get(name, ""))
    return tomlkit.dumps(document)


def _changed(
    value: Policy | Tier, defaults: Policy | Tier, without: Iterable[str]
) -> Iterable[tuple[str, Any]]:
    """Yield the fields that differ from their defaults, as TOML has them."""
    for name in value.__struct_fields__:
        held = getattr(value, name)
        if name not in without and (held != getattr(defaults, name) or name in _ALWAYS_WRITTEN):
            yield name, msgspec.to_builtins(held)


def _item(value: Any, comment: str) -> tomlkit.items.Item:
    import tomlkit  # noqa: PLC0415

    item: tomlkit.items.Item = tomlkit.item(list(value) if isinstance(value, tuple) else value)
    return item.comment(comment) if comment else item
