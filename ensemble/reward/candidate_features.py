"""What is known of a group of candidates when its worth is judged: named numbers, and nothing else.

A name with a colon (`kind:return`) is an indicator: it is 1, and 0 where it is missing. Any other
feature that is missing is unknown. Nothing here holds text of the document or of a candidate, so
features may be kept and shared; only `backed:` names something, a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from math import log1p

from code_checks.hole import Extent, Hole
from code_checks.text.similarity import edit_similarity, identifiers_in
from code_checks.verdict import Outcome
from ensemble.candidate import Candidate, StopReason
from ensemble.linear.linear_scorer import Features
from ensemble.voting.vote import Ballot, Election, Group

VERSION = 1
"""Raised whenever a feature changes its meaning; what was fitted on another version is refused."""

FEATURES: Mapping[str, str] = {
    "share": "its part of the votes",
    "votes": "the logarithm of 1 + how many candidates stand for it",
    "models": "the part of the models asked that stands for it",
    "rivals": "the logarithm of 1 + how many other groups there are",
    "silence": "the part of the votes that are for no text at all",
    "latest": "whether the last tier asked stands for it",
    "similarity": "how alike it is to the other groups' texts, by their weights",
    "syntax": "the check's verdict: 1 passed, -1 failed, 0 skipped",
    "names": "the check's verdict: 1 passed, -1 failed, 0 skipped",
    "tests": "the check's verdict: 1 passed, -1 failed, 0 skipped",
    "lowest_logprob": "its least probable token's log-probability",
    "tenth_logprob": "the tenth percentile of its tokens' log-probabilities",
    "mean_logprob": "the mean of its tokens' log-probabilities",
    "others_logprob": "the mean of the log-probabilities that the other models give its tokens",
    "known_names": "the part of the names in it that the document around the hole knows",
    "chars": "the logarithm of 1 + its length in characters",
    "head": "whether the hole begins at the head of its line",
    "tail": "whether something stands behind the hole on its line",
}
"""The numeric features and what they mean. A mean of log-probabilities is per token.

Tried and dropped, since held-out problems of the fitting third were predicted no better with them
(recorded one-line holes and live models): the lead over the next group, the part of the candidates
that failed, the number of lines, and the likelihood of what stands after the hole, given the text.
"""

INDICATORS: Mapping[str, str] = {
    "kind": "what its first line does: return, import, define, open, assign, call or other",
    "extent": "how much was asked for: block or function; a line where neither is set",
    "language": "the document's language, but for Python",
    "backed": "the part of this model's candidates that stands for it",
}
"""The families of indicators, by what stands before the colon."""

BY_MODEL = "backed:"
"""The prefix of the features that make a reward one for these models only."""

_NEARBY = 4_000
"""Characters on either side of a hole whose names count as known."""
_CHECKS = ("syntax", "names", "tests")
_SIGN = {Outcome.PASS: 1.0, Outcome.FAIL: -1.0, Outcome.SKIP: 0.0}
_MOST_COMPARED = 8
"""Groups beyond this many are not compared with; they have next to no votes."""

_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("return", r"(return|yield|raise|throw|break|continue|pass)\b"),
        ("import", r"(import|from|use|using|require|#include)\b"),
        ("define", r"(async\s+)?(def|class|fn|func|function|struct|enum|interface|type)\b"),
        ("open", r"(if|elif|else|for|while|with|try|except|match|switch|case|do)\b"),
        ("assign", r"[^=(]*[^=!<>(]=[^=]"),
        ("call", r"[\w.:>\-\s]+\("),
    )
)


@dataclass(frozen=True)
class ElectionContext:
    """What is known of an election beside its ballots."""

    hole: Hole
    """Where a text is wanted."""
    extent: Extent = Extent.LINE
    """How much is wanted."""
    others: Mapping[str, float] = field(default_factory=dict)
    """The mean log-probability of a token under the models that did not write a text, by text; no
    text where they were not asked."""

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that the document around the hole knows."""
        return identifiers_in(self.hole.prefix[-_NEARBY:]) | identifiers_in(
            self.hole.suffix[:_NEARBY]
        )


def family_of(name: str) -> str:
    """Return what stands before the colon of an indicator; the name of any other feature."""
    return name.partition(":")[0]


def candidate_features(election: Election, context: ElectionContext) -> tuple[Features, ...]:
    """Return the features of each of an election's groups, in its order. Pure."""
    similarities = _similarities(election)
    return tuple(
        {
            **_of_vote(election, group),
            **similarity,
            **_of_checks(group.speaker),
            **_of_tokens(group.speaker.candidate),
            **_of_text(group.speaker.text, context),
            **_of_models(election, group),
        }
        for group, similarity in zip(election.groups, similarities, strict=True)
    )


def _of_vote(election: Election, group: Group) -> Features:
    return {
        "share": election.share_of(group.weight),
        "votes": log1p(len(group.ballots)),
        "models": len(_models(group)) / len(set(chain(*map(_models, election.groups)))),
        "rivals": log1p(len(election.groups) - 1),
        "silence": election.silence_share,
        "latest": float(_last_tier(group) == max(map(_last_tier, election.groups))),
    }


def _of_checks(ballot: Ballot) -> Features:
    signs = {verdict.check: _SIGN[verdict.outcome] for verdict in ballot.verdicts}
    return {check: signs.get(check, 0.0) for check in _CHECKS}


def _of_tokens(candidate: Candidate) -> Features:
    logprobs = sorted(candidate.logprobs)
    if not logprobs:
        return {}
    mean = {"mean_logprob": sum(logprobs) / len(logprobs)}
    if candidate.stop is StopReason.RECORDED:
        return mean  # A recording knows nothing of single tokens.
    tenth = logprobs[len(logprobs) // 10]
    return {"lowest_logprob": logprobs[0], "tenth_logprob": tenth, **mean}


def _of_text(text: str, context: ElectionContext) -> Features:
    found: Features = {
        "chars": log1p(len(text.strip())),
        "head": float(not context.hole.line_head.strip()),
        "tail": float(bool(context.hole.line_tail.strip())),
        f"kind:{_kind(context.hole.line_head + text)}": 1.0,
    }
    if names := identifiers_in(text):
        found["known_names"] = len(names & context.names) / len(names)
    if context.extent is not Extent.LINE:
        found[f"extent:{context.extent.value}"] = 1.0
    if context.hole.language != "python":
        found[f"language:{context.hole.language}"] = 1.0
    if text in context.others:
        found["others_logprob"] = context.others[text]
    return found


def _of_models(election: Election, group: Group) -> Features:
    written = [ballot.candidate.model for other in election.groups for ballot in other.ballots]
    backing = [ballot.candidate.model for ballot in group.ballots]
    return {f"{BY_MODEL}{m}": backing.count(m) / written.count(m) for m in sorted(set(backing))}


def _similarities(election: Election) -> Iterator[Features]:
    """Yield each group's similarity to the others; nothing where it stands alone."""
    groups = election.groups[:_MOST_COMPARED]
    texts = [group.speaker.text for group in groups]
    for group in election.groups:
        others = [(g.weight, text) for g, text in zip(groups, texts, strict=True) if g is not group]
        whole = sum(weight for weight, _ in others)
        if whole <= 0:
            yield {}
            continue
        text = group.speaker.text
        alike = sum(weight * edit_similarity(text, other) for weight, other in others)
        yield {"similarity": alike / whole}


def _kind(text: str) -> str:
    stripped = text.strip().partition("\n")[0]
    return next((kind for kind, pattern in _KINDS if pattern.match(stripped)), "other")


def _models(group: Group) -> set[str]:
    return {ballot.candidate.model for ballot in group.ballots}


def _last_tier(group: Group) -> int:
    return max(ballot.tier for ballot in group.ballots)
