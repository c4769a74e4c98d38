"""What a reward says of a group of candidates, in words and for a trace."""

from __future__ import annotations

from ensemble.linear.linear_scorer import Features, Part, is_indicator
from ensemble.reward.candidate_features import BY_MODEL, family_of
from ensemble.reward.reranking import Reranked
from ensemble.reward.reward_model import RewardScore
from ensemble.trace.trace import shortened
from ensemble.trace.vote_events import RewardedGroup

_WORDS = {
    "share": "agreement",
    "votes": "number of votes",
    "models": "models that agree",
    "rivals": "rivals",
    "silence": "votes for silence",
    "latest": "the last tier's word",
    "similarity": "likeness to the others",
    "lowest_logprob": "its least sure token",
    "tenth_logprob": "its unsure tokens",
    "mean_logprob": "its mean token",
    "others_logprob": "the other models' opinion",
    "known_names": "known names",
    "chars": "length",
    "head": "a whole line",
    "tail": "what stands behind it",
}
_VERDICTS = {1.0: "passed", -1.0: "failed", 0.0: "skipped"}
_CHECKS = ("syntax", "names", "tests")
_MOST_PARTS = 6


def rewarded_groups(weighed: Reranked) -> tuple[RewardedGroup, ...]:
    """Return for each group, in the order of their rewards, what it is worth and why."""
    return tuple(
        _group(text, weighed.judgments[text], weighed.features[text])
        for text in sorted(weighed.judgments, key=lambda text: -weighed.judgments[text].reward)
    )


def _group(text: str, judgment: RewardScore, features: Features) -> RewardedGroup:
    return RewardedGroup(
        text=shortened(text),
        reward=round(judgment.reward, 4),
        spread=round(judgment.spread, 4),
        parts={part.feature: round(part.amount, 3) for part in judgment.parts},
        why=explanation(judgment, features),
    )


def explanation(judgment: RewardScore, features: Features) -> str:
    """Return a line such as `reward .81 ± .06: agreement +1.2, names passed +.3`.

    The amounts are what a feature adds to the logarithm of the odds, compared with its mean.
    """
    parts = [f"{_named(part, features)} {_amount(part)}" for part in judgment.parts[:_MOST_PARTS]]
    more = ", …" if len(judgment.parts) > _MOST_PARTS else ""
    why = f": {', '.join(parts)}{more}" if parts else ""
    return f"reward {_short(judgment.reward, 2)} ± {_short(judgment.spread, 2)}{why}"


def _named(part: Part, features: Features) -> str:
    name, value = part.feature, features.get(part.feature, 0.0)
    if name in _CHECKS:
        return f"{name} {_VERDICTS[value]}"
    if name.startswith(BY_MODEL):
        model = name.removeprefix(BY_MODEL)
        return f"{model} agrees" if value else f"{model} does not agree"
    if is_indicator(name):
        kind = name.partition(":")[2]
        return f"{family_of(name)} {kind}" if value else f"not {family_of(name)} {kind}"
    return _WORDS.get(name, name)


def _amount(part: Part) -> str:
    sign = "+" if part.amount >= 0 else "−"
    return sign + _short(abs(part.amount), 1)


def _short(number: float, digits: int) -> str:
    text = f"{number:.{digits}f}"
    return text.removeprefix("0") if text.startswith("0.") else text
