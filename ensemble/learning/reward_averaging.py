"""One reward from several that were fitted apart, by federated averaging of their scorers.

See `ensemble.learning.router_averaging`, which does the same for routers.
"""

from __future__ import annotations

from collections.abc import Sequence

from ensemble.reward.reward_model import Calibration, Column, Reward, Scorer


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
            _mean(shares, [calibration.slope for calibration in calibrations]),
            _mean(shares, [calibration.offset for calibration in calibrations]),
        ),
        keeps=_mean(shares, [reward.keeps for reward in rewards]),
        columns=columns,
        scorers=tuple(_mean_scorer(shares, several) for several in zip(*rewritten, strict=False)),
    )


def _columns(rewards: Sequence[Reward]) -> tuple[Column, ...]:
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


def _for_columns(reward: Reward, columns: Sequence[Column]) -> list[Scorer]:
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
        rewritten.append(Scorer(intercept, tuple(weights)))
    return rewritten


def _mean_scorer(shares: Sequence[float], scorers: Sequence[Scorer]) -> Scorer:
    weights = zip(*(scorer.weights for scorer in scorers), strict=True)
    return Scorer(
        _mean(shares, [scorer.intercept for scorer in scorers]),
        tuple(_mean(shares, column) for column in weights),
    )


def _mean(shares: Sequence[float], values: Sequence[float]) -> float:
    return sum(share * value for share, value in zip(shares, values, strict=True))
