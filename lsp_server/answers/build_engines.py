"""From settings to what a completer is made of: the policy, and the engines of its tiers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from code_checks.checks.verbatim import CHECK as VERBATIM
from ensemble.engines.engine import Engine
from ensemble.engines.local.host_client import HostClient
from ensemble.engines.remote.remote_engine import RemoteEngine
from ensemble.errors import RewardRefused
from ensemble.learning.router_files import learned_router
from ensemble.models.kept_models import kept_hash
from ensemble.models.registry import embedded_index, embedded_models
from ensemble.policy import best_first
from ensemble.policy.policy import DEFAULT_POLICY, Policy, Tier
from ensemble.reward.reward_files import load
from lsp_server.settings.settings import SettingOrigin, Settings

_LATER_WEIGHT = 2.0
"""What a vote of a later tier's model is worth, as in the default policy: a tier is asked because
the one before it could not decide."""

_EMBEDDED_REWARD = "embedded"
"""The built-in reward that was fitted on what the default policy hears of the embedded models."""


def policy_of(settings: Settings) -> Policy:
    """Return the policy that the settings name, with their tiers and thresholds, the models'
    skills and, if they want one and there is enough evidence for it, a learned router."""
    if settings.policy_file is not None:
        return _tightened(settings, settings.policy_file.policy)
    policy = DEFAULT_POLICY
    if settings.tiers is not None:
        models = [tier.model for tier in settings.tiers]
        weights = {model: _LATER_WEIGHT for model in models[1:] if model != models[0]}
        policy = msgspec.structs.replace(policy, tiers=settings.tiers, weights=weights)
    identities = identities_of(settings)
    name = _policy_name(settings, [identities[model] for model in policy.models])
    if name == best_first.NAME:
        policy = best_first.best_first(_weakest_first(settings, policy.models))
    tiers = policy.tiers
    if name in ("cascade", "single"):
        tiers = tuple(msgspec.structs.replace(tier, samples=1) for tier in tiers)
    if name == "single":
        tiers = tiers[:1]
    reward, minimum_reward = _reward_of(settings, identities)
    return msgspec.structs.replace(
        policy,
        tiers=tiers,
        name=name,
        gates=_gates(policy.gates, hide_copies=settings.hide_copies),
        minimum_agreement=settings.minimum_agreement,
        verified_only=settings.verified_only,
        reward=reward,
        minimum_reward=minimum_reward,
        skills={name: spec.skills for name, spec in settings.models.items() if spec.skills},
        router=learned_router(identities) if settings.router == "learned" else None,
    )


def _policy_name(settings: Settings, identities: Sequence[str]) -> str:
    """Return the policy's name. `auto` is the best model first, but not for tiers that somebody
    has set, nor for the embedded models, which are right seldom enough for a vote to pay."""
    if settings.policy != "auto":
        return settings.policy
    chosen = settings.origin("tiers") is not SettingOrigin.DEFAULT
    return "cascade+vote" if chosen or are_embedded(identities) else best_first.NAME


def are_embedded(identities: Iterable[str]) -> bool:
    """Whether these are the models that come with Coterie."""
    return _embedded().issuperset(identities)


def _embedded() -> set[str]:
    return {model.sha256[:16] for model in embedded_models()}


def _weakest_first(settings: Settings, models: Sequence[str]) -> list[str]:
    """Return models by the size of their files, which tells better than anything else that is
    known at once which is right more often; in their order where one is on a server."""
    paths = [Path(settings.models[model].path or "") for model in models]
    if not all(path.is_file() for path in paths):
        return list(models)
    sizes = {model: path.stat().st_size for model, path in zip(models, paths, strict=True)}
    return sorted(models, key=sizes.__getitem__)


def _tightened(settings: Settings, policy: Policy) -> Policy:
    """Return a policy file's policy with what the user's settings demand beside it: thresholds
    that somebody has set, the gate for copies, and what models are experts for."""
    skills = {name: spec.skills for name, spec in settings.models.items() if spec.skills}
    return msgspec.structs.replace(
        policy,
        gates=_gates(policy.gates, hide_copies=settings.hide_copies),
        minimum_agreement=max(policy.minimum_agreement, settings.demanded_agreement),
        minimum_reward=max(policy.minimum_reward, settings.minimum_reward),
        verified_only=policy.verified_only or settings.verified_only,
        skills=policy.skills or skills,
    )


def _reward_of(settings: Settings, identities: Mapping[str, str]) -> tuple[str, float]:
    """Return the reward that candidates are judged by, "" for none, and the least it must give.

    The embedded models have their own. It knows them, and what their default tiers agree on, so
    it judges nothing else, and it counts for nothing where its file cannot be read.
    """
    shipped = settings.tiers is None and settings.policy in ("auto", "cascade+vote")
    asked = {identities.get(name) for name in DEFAULT_POLICY.models}
    if settings.reward is None and shipped and asked <= _embedded():
        try:
            least = load(_EMBEDDED_REWARD, DEFAULT_POLICY.models).keeps
        except RewardRefused:
            return "", settings.minimum_reward
        return _EMBEDDED_REWARD, max(least, settings.minimum_reward)
    return settings.reward or "", settings.minimum_reward


def identities_of(settings: Settings) -> dict[str, str]:
    """Return by what each model can be told from others of its name: of the embedded ones, and of
    those in the user's folder, the beginning of their checksum, "" for all others."""
    embedded = {str(model.path): model.sha256 for model in embedded_models()}
    return {
        name: (embedded.get(spec.path) or kept_hash(Path(spec.path)))[:16]
        for name, spec in settings.models.items()
    }


def costs_of(settings: Settings) -> dict[str, float]:
    """Return what one call of each model costs, relative to the others: about its file's size. A
    server's model counts like the largest one here."""
    sizes = {
        name: Path(spec.path).stat().st_size / 1e9
        for name, spec in settings.models.items()
        if spec.path and Path(spec.path).is_file()
    }
    largest = max(sizes.values(), default=1.0)
    return {name: sizes.get(name, largest) for name in settings.models}


def _gates(gates: tuple[str, ...], *, hide_copies: bool) -> tuple[str, ...]:
    """Return the gates, with the one for copies where they are to be hidden and can be known."""
    wanted = hide_copies and VERBATIM not in gates and embedded_index() is not None
    return (*gates, VERBATIM) if wanted else gates


def with_only_tiers(policy: Policy, models: Iterable[str]) -> Policy:
    """Return the policy with one tier for each named model, asked in that order and no other; a
    model that has no tier yet gets one with a single sample."""
    known = {tier.model: tier for tier in policy.tiers}
    tiers = tuple(known.get(model, Tier(model)) for model in models)
    changed = msgspec.structs.replace(policy, tiers=tiers, skills={}, router=None)
    if policy.reward == _EMBEDDED_REWARD:
        return msgspec.structs.replace(changed, reward="", minimum_reward=0.0)
    return changed


def build_engines(settings: Settings, models: Iterable[str]) -> dict[str, Engine]:
    """Return an engine for each named model; the local ones share a host, which starts when first
    asked. Closing any local engine closes that host."""
    specs = [settings.models[model] for model in dict.fromkeys(models)]
    local = [spec for spec in specs if not spec.remote]
    host = HostClient(local, settings.memory_budget)
    engines: dict[str, Engine] = {spec.name: host.engine(spec.name) for spec in local}
    engines |= {spec.name: RemoteEngine(spec) for spec in specs if spec.remote}
    return engines
