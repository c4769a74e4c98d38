"""One router or reward from several that were fitted apart: the mean of their weights, by evidence.

This is one round of federated averaging (McMahan et al. 2017, "Communication-Efficient Learning of
Deep Networks from Decentralized Data", arXiv 1602.05629, algorithm 1) of models that are linear in
their features, so that nothing but the weights has to leave anybody's machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from ensemble.linear.linear_scorer import Column, LinearScorer, mean_scorer, weighted_mean
from ensemble.policy.router_weights import VERSION, ModelWeights, RouterWeights
from ensemble.reward.reward_model import Calibration, Reward


def averaged_router(routers: Sequence[RouterWeights], fitted_on: str) -> RouterWeights | None:
    """Return the mean of routers, each model's weights by the rows that they were fitted on.

    Price, silence and a model's cost are those of the router with most evidence for them; of models
    of one name but another identity the first router's counts. Routers of other versions are left
    out; None if none is left. Pure.
    """
    usable = [router for router in routers if router.version == VERSION and router.models]
    if not usable:
        return None
    names = dict.fromkeys(name for router in usable for name in router.models)
    models = {
        name: _averaged_model([router.models[name] for router in usable if name in router.models])
        for name in names
    }
    most = max(usable, key=lambda router: router.rows)
    return RouterWeights(models, most.price, most.silence, fitted_on)


def of_these_models(router: RouterWeights, identities: Mapping[str, str]) -> RouterWeights:
    """Return a router without what was learned of models that only share a name with those here.

    `identities` are those of this machine's models by name, "" where only the name is known.
    """

    def is_same(name: str, weights: ModelWeights) -> bool:
        theirs, mine = weights.identity, identities.get(name, "")
        return not theirs or not mine or theirs == mine

    known = {name: weights for name, weights in router.models.items() if is_same(name, weights)}
    return replace(router, models=known)


def averaged_reward(rewards: Sequence[Reward], fitted_on: str) -> Reward:
    """Return the mean of rewards, weighted by the rows that each was fitted on.

    Every scorer is first written for the same columns: the features that any of them has, with the
    mean of their means and scales. The n-th scorers of all become the n-th of the mean, as many as
    the reward with the fewest has. How they are combined is the first one's choice. Pure.
    """
    total = sum(reward.rows for reward in rewards) or len(rewards)
    shares = [(reward.rows or 1) / total for reward in rewards]
    columns = _columns(rewards)
    rewritten = [_for_columns(reward, columns) for reward in rewards]
    calibrations = [reward.calibration for reward in rewards]
    return Reward(
        fitted_on=fitted_on,
        rows=sum(reward.rows for reward in rewards),
        holes=sum(reward.holes for reward in rewards),
        problems=sum(reward.problems for reward in rewards),
        combination=rewards[0].combination,
        k=rewards[0].k,
        ridge=rewards[0].ridge,
        calibration=Calibration(
            weighted_mean([calibration.slope for calibration in calibrations], shares),
            weighted_mean([calibration.offset for calibration in calibrations], shares),
        ),
        keeps=weighted_mean([reward.keeps for reward in rewards], shares),
        columns=columns,
        scorers=tuple(mean_scorer(several, shares) for several in zip(*rewritten, strict=False)),
    )


def _averaged_model(several: Sequence[ModelWeights]) -> ModelWeights:
    identity = several[0].identity
    same = [weights for weights in several if weights.identity == identity]
    total = sum(weights.rows for weights in same)
    if total == 0:
        return same[0]
    names = list(dict.fromkeys(name for weights in same for name in weights.weights))
    shares = [weights.rows / total for weights in same]
    mean = mean_scorer([weights.over(names) for weights in same], shares)
    cost = max(same, key=lambda weights: weights.rows).cost
    by_name = dict(zip(names, mean.weights, strict=True))
    return ModelWeights(mean.intercept, by_name, cost, total, identity)


def _columns(rewards: Sequence[Reward]) -> tuple[Column, ...]:
    """Return a column for each feature that any of the rewards has."""
    having: dict[str, list[tuple[int, Column]]] = {}
    for reward in rewards:
        for column in reward.columns:
            having.setdefault(column.name, []).append((reward.rows or 1, column))
    return tuple(
        Column(
            name,
            sum(rows * column.mean for rows, column in several) / sum(rows for rows, _ in several),
            sum(rows * column.scale for rows, column in several) / sum(rows for rows, _ in several),
        )
        for name, several in having.items()
    )


def _for_columns(reward: Reward, columns: Sequence[Column]) -> list[LinearScorer]:
    """Return a reward's scorers as they are for other columns, where each gives the same score."""
    own = {column.name: (index, column) for index, column in enumerate(reward.columns)}
    rewritten = []
    for scorer in reward.scorers:
        intercept, weights = scorer.intercept, []
        for column in columns:
            if column.name not in own:
                weights.append(0.0)
                continue
            index, known = own[column.name]
            slope = scorer.weights[index] / known.scale
            weights.append(slope * column.scale)
            intercept += slope * (column.mean - known.mean)
        rewritten.append(LinearScorer(intercept, tuple(weights)))
    return rewritten
