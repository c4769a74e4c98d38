"""One router from several that were fitted apart: their weights' mean, by evidence.

This is one round of federated averaging (McMahan et al. 2017, "Communication-Efficient Learning of
Deep Networks from Decentralized Data", arXiv 1602.05629, algorithm 1) of models that are linear in
their features, so that nothing but the weights has to leave anybody's machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from ensemble.policy.router_weights import VERSION, ModelWeights, RouterWeights


def averaged_router(routers: Sequence[RouterWeights], fitted_on: str) -> RouterWeights | None:
    """Return the mean of routers, each model's weights by the rows that they were fitted on.

    Price, silence and a model's cost are those of whoever has most evidence for them; of models of
    one name but another identity the first router's counts. Routers of other versions are left
    out; None if none is left. Pure.
    """
    usable = [router for router in routers if router.version == VERSION and router.models]
    if not usable:
        return None
    names = dict.fromkeys(name for router in usable for name in router.models)
    models = {
        name: _mean([router.models[name] for router in usable if name in router.models])
        for name in names
    }
    most = max(usable, key=lambda router: router.rows)
    return RouterWeights(models, most.price, most.silence, fitted_on)


def _mean(several: Sequence[ModelWeights]) -> ModelWeights:
    identity = several[0].identity
    same = [weights for weights in several if weights.identity == identity]
    total = sum(weights.rows for weights in same)
    if total == 0:
        return same[0]
    shares = [weights.rows / total for weights in same]
    names = dict.fromkeys(name for weights in same for name in weights.weights)
    mean = {
        name: sum(
            share * weights.weights.get(name, 0.0)
            for share, weights in zip(shares, same, strict=True)
        )
        for name in names
    }
    intercept = sum(share * w.intercept for share, w in zip(shares, same, strict=True))
    cost = max(same, key=lambda weights: weights.rows).cost
    return ModelWeights(intercept, mean, cost, total, identity)


def of_these_models(router: RouterWeights, identities: Mapping[str, str]) -> RouterWeights:
    """Return a router without what was learned of models that only share a name with those here.

    `identities` are those of this machine's models by name, "" where only the name is known.
    """

    def is_same(name: str, weights: ModelWeights) -> bool:
        theirs, mine = weights.identity, identities.get(name, "")
        return not theirs or not mine or theirs == mine

    known = {name: weights for name, weights in router.models.items() if is_same(name, weights)}
    return replace(router, models=known)
