"""How to ask and how to choose, as data."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from code_checks.hole import Extent


class Trigger(StrEnum):
    """What made the editor ask."""

    AUTOMATIC = "automatic"
    INVOKED = "invoked"


class Selection(StrEnum):
    """By what candidates for a whole function are told apart when no visible test decides."""

    TEXT = "text"
    BEHAVIOR = "behavior"
    """By the tests that they pass, of those that a model wrote (CodeT, Chen et al. 2022)."""
    RESULTS = "results"
    """By what they return for the inputs in those tests (MBR-exec, Shi et al. 2022)."""


class Tier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rung of the cascade.

    The tier decides when a candidate that no check failed reaches `quorum` (its share of the
    weighted votes, 0 to 1) and its mean token log-probability is at least `confidence`; a model
    that tells no probabilities reaches no finite `confidence`. With a quorum above 1 the tier never
    decides: all of its candidates only vote. Where visible tests judge, one candidate that passes
    them decides, and the model is asked up to `draws` times for `samples` candidates until one
    does.
    """

    model: str
    samples: int = 1
    quorum: float = 0.5
    confidence: float = float("-inf")
    draws: int = 1


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tiers, gates, thresholds and votes.

    `gates` are the checks whose FAIL removes a candidate. An answer that no tier decided is shown
    only if its share reaches `minimum_agreement` and its confidence `minimum_confidence`;
    with `verified_only`, only if some check also passed it. `weights` multiplies a model's votes;
    a model that it does not name has 1. Candidates of earlier tiers keep their votes.

    The gate `tests` runs visible tests, and only where somebody asked for a whole function. Where
    these do not decide, the last model asked writes tests `test_samples` times, and `selection`
    says what is made of them; they only vote. With `last_resort`, where no candidate passed all
    visible tests, the one that passed most of them is offered, unverified: of equals, that of the
    last model asked.
    """

    tiers: tuple[Tier, ...]
    name: str = "default"
    gates: tuple[str, ...] = ("syntax", "names", "tests")
    temperature: float = 0.7
    minimum_agreement: float = 0.5
    minimum_confidence: float = float("-inf")
    verified_only: bool = False
    weights: dict[str, float] = {}
    selection: Selection = Selection.BEHAVIOR
    test_samples: int = 4
    last_resort: bool = False

    def weight(self, model: str) -> float:
        """Return what one vote of this model is worth."""
        return self.weights.get(model, 1.0)


DEFAULT_POLICY = Policy(
    # Two of the small model's three decide if the third failed its checks (a share of .89), not if
    # it said something else that passed (.67), nor does one that stands alone (.67).
    tiers=(Tier("small", samples=3, quorum=0.75, draws=2), Tier("large", samples=2, draws=2)),
    # Where the small model's three candidates all differ, two equal ones of the large model must
    # still make a quorum: 4 of 7.
    weights={"large": 2.0},
)
"""What is used when nothing is configured: the two embedded models."""


class Route(msgspec.Struct, frozen=True):
    """What this request may spend. `deadline` is in seconds from now.

    With `accept_silence` a quorum of candidates that say nothing ends the request without asking
    the larger models, which for a request that nobody made is the usual right answer. `judged`:
    there are visible tests, so whoever passes them decides, and all are waited for until then.
    """

    tiers: tuple[Tier, ...]
    extent: Extent
    gates: tuple[str, ...]
    deadline: float
    max_tokens: int
    reason: str = ""
    accept_silence: bool = False
    judged: bool = False
