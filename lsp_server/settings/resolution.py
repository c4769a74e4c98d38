"""What follows from the values of the settings together: models, tiers, and a policy's file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import msgspec

from ensemble.errors import PolicyRefused, RewardRefused
from ensemble.models.default_models import default_models, known_models
from ensemble.models.registry import Adapter, ModelSpec
from ensemble.policy.files import PolicyFile, read_policy
from ensemble.policy.policy import DEFAULT_POLICY, Policy, Tier
from ensemble.reward.reward_files import with_reward
from lsp_server.settings.kinds import POLICIES
from lsp_server.settings.settings import Settings, beside
from lsp_server.settings.toml_text import Value

_FIRST_SAMPLES, _OTHER_SAMPLES = 3, 2


def resolved(settings: Settings) -> Settings:
    """Return the settings with `models`, `tiers` and `conflicts` computed from their values."""
    conflicts: list[str] = []
    configured = dict(_configured_models(settings, conflicts))
    models = known_models(configured)
    policy_file, refusal = _policy_file(settings, models)
    if refusal:
        conflicts.append(f'`policy`: {refusal}; "{POLICIES[0]}" stands.')
    return msgspec.structs.replace(
        settings,
        models=models,
        tiers=_tiers(settings, configured, models, conflicts),
        policy_file=policy_file,
        policy_refusal=refusal,
        conflicts=tuple(conflicts),
    )


def _configured_models(settings: Settings, conflicts: list[str]) -> Iterator[tuple[str, ModelSpec]]:
    fields: dict[str, dict[str, Value]] = {}
    for name, value in settings.values.items():
        if name.startswith("models."):
            model, _, field = name.removeprefix("models.").rpartition(".")
            fields.setdefault(model, {})[field] = value
    for model, given in fields.items():
        path = str(given.get("path") or "")
        if path and given.pop("url", None):
            conflicts.append(
                f"`models.{model}` has both a path and a url; `models.{model}.path` stands."
            )
        elif not path and not given.get("url"):
            default = default_models().get(model)
            if default is None:
                conflicts.append(
                    f"`models.{model}` has neither `path` nor `url`, so it is left out; the "
                    "other models stand."
                )
                continue
            path = default.path
        if path:
            given["path"] = beside(settings.file, path)
        adapters = cast(tuple[Adapter, ...], given.get("adapters", ()))
        given["adapters"] = tuple(
            msgspec.structs.replace(adapter, path=beside(settings.file, adapter.path))
            for adapter in adapters
        )
        yield model, msgspec.convert({"name": model, **given}, ModelSpec)


def _policy_file(settings: Settings, models: dict[str, ModelSpec]) -> tuple[PolicyFile | None, str]:
    """Return what the file holds that `policy` names, if it names one, and why it cannot be
    used, or ""."""
    path = settings.policy_path
    if path is None:
        return None, ""
    try:
        policy, fitted_on = read_policy(path)
        if unknown := [model for model in policy.models if model not in models]:
            raise PolicyRefused(
                f"{path.name} asks the model {unknown[0]!r}, which is not one of "
                f"{', '.join(models)}; add `models.{unknown[0]}`, or change the file"
            )
        policy, _ = with_reward(policy, path.parent)
    except PolicyRefused as refusal:
        return None, str(refusal)
    except RewardRefused as refusal:
        return None, f"{path.name}: {refusal}"
    return PolicyFile(policy, fitted_on), ""


def _tiers(
    settings: Settings,
    configured: dict[str, ModelSpec],
    models: dict[str, ModelSpec],
    conflicts: list[str],
) -> tuple[Tier, ...] | None:
    wanted = cast(tuple[Tier, ...] | None, settings.value("tiers"))
    if wanted is not None:
        unknown = next((name for name in Policy(wanted).models if name not in models), None)
        if unknown is None:
            return wanted
        conflicts.append(
            f'`tiers` names the model "{unknown}", which is not one of '
            f"{', '.join(models)}; the default tiers stand."
        )
    asked = tuple(configured)
    if set(asked) <= set(DEFAULT_POLICY.models):
        # Of a user's own folder there may be one model only.
        asked = tuple(name for name in DEFAULT_POLICY.models if name in models)
        if asked == DEFAULT_POLICY.models:
            return None
    samples = (_FIRST_SAMPLES, *[_OTHER_SAMPLES] * (len(asked) - 1))
    return tuple(Tier(name, count) for name, count in zip(asked, samples, strict=True))
