"""Policies as files: TOML that people can read, change and hand on; read and written here only."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ensemble.errors import PolicyRefused
from ensemble.policy.policy import Policy, Tier
from ensemble.policy.router_weights import VERSION as ROUTER_VERSION
from ensemble.policy.router_weights import RouterWeights

if TYPE_CHECKING:
    import tomlkit.items

_TABLES = ("weights", "skills", "router")
"""The fields of a policy that are tables, which TOML wants behind everything else."""
_UNNAMED = Policy(())
_ROUTER_REMEDY = "fit it anew with `coterie evaluate TASKS --fit-router FILE`"

Explain = Callable[[Policy | Tier, str], str]
"""Says what the value of a field means, to stand behind it, or ""."""


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
    if policy.router is not None:
        _check_router(policy.router, policy, path)
    return PolicyFile(policy, fitted_on)


def _check_router(router: RouterWeights, policy: Policy, path: Path) -> None:
    """Refuse a router that would never say anything here. Raises PolicyRefused."""
    if router.version != ROUTER_VERSION:
        raise PolicyRefused(
            f"{path.name}: its router is of version {router.version}, not {ROUTER_VERSION}; "
            f"{_ROUTER_REMEDY}"
        )
    if strangers := [tier.model for tier in policy.tiers if tier.model not in router.models]:
        raise PolicyRefused(
            f"{path.name}: its router was fitted for {', '.join(router.models) or 'no model'} and "
            f"does not know {strangers[0]!r}; {_ROUTER_REMEDY}"
        )


def policy_text(
    policy: Policy, fitted_on: str, head: Iterable[str] = (), explain: Explain = lambda *_: ""
) -> str:
    """Return the file for a policy: what differs from the defaults, and the thresholds that
    whoever reads it looks for. A policy without a name of its own is called after its file.

    `head` are lines of comment at its beginning, `fitted_on` names the tasks that it was fitted
    on.
    """
    # Only those who write a policy wait for the library that keeps comments.
    import tomlkit  # noqa: PLC0415

    document = tomlkit.document()
    for line in head:
        document.add(tomlkit.comment(line))
    document["fitted_on"] = fitted_on
    if policy.name not in ("", _UNNAMED.name):
        document["name"] = policy.name
    for name, value in _changed(policy, _UNNAMED, "minimum_agreement"):
        if name not in ("tiers", "name", *_TABLES):
            document[name] = _item(value, explain(policy, name))
    tiers = tomlkit.aot()
    for tier in policy.tiers:
        table = tomlkit.table()
        for name, value in _changed(tier, Tier(""), "quorum" if tier.decides else ""):
            table[name] = _item(value, explain(tier, name))
        tiers.append(table)
    document["tiers"] = tiers
    for name in _TABLES:
        if value := msgspec.to_builtins(getattr(policy, name)):
            document[name] = _item(value, explain(policy, name))
    return tomlkit.dumps(document)


def _changed(
    value: Policy | Tier, defaults: Policy | Tier, always: str
) -> Iterable[tuple[str, Any]]:
    """Yield the fields that differ from their defaults, and one in any case, as TOML has them."""
    for name in value.__struct_fields__:
        held = getattr(value, name)
        if held != getattr(defaults, name) or name == always:
            yield name, msgspec.to_builtins(held)


def _item(value: Any, comment: str) -> tomlkit.items.Item:
    import tomlkit  # noqa: PLC0415

    item: tomlkit.items.Item = tomlkit.item(list(value) if isinstance(value, tuple) else value)
    return item.comment(comment) if comment else item
