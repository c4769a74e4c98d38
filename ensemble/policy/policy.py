"""How to ask and how to choose, as data."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from code_checks.hole import Extent
from ensemble.policy.decoding import Decoding
from ensemble.policy.router_weights import RouterWeights


class Selection(StrEnum):
    """By what candidates for a whole function are told apart when no visible test decides."""

    TEXT = "text"
    BEHAVIOR = "behavior"
    """By the tests that they pass, of those that a model wrote (CodeT, Chen et al. 2022)."""
    RESULTS = "results"
    """By what they return for the inputs in those tests (MBR-exec, Shi et al. 2022)."""


class VoteKey(StrEnum):
    """What two candidates must have in common to be votes for the same thing."""

    TEXT = "text"
    """Their words, however they are spaced."""
    TREE = "tree"
    """The leaves of the syntax tree; see `code_checks.trees.canonical`."""
    STATEMENT = "statement"
    """Their first statement, by its tree: for blocks, of which no two are alike in everything."""


class Tier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rung of the cascade.

    The tier decides when a candidate that no check failed reaches `quorum` (its share of the
    weighted votes, 0 to 1) and its mean token log-probability is at least `confidence`; a model
    that tells no probabilities reaches no finite `confidence`. With a quorum above 1 the tier never
    decides: all of its candidates only vote. Where visible tests judge, one candidate that passes
    them decides, and the model is asked up to `draws` times for `samples` candidates until one
    does.

    An untested candidate of more than `longest` characters never decides here: what a weak model
    says at length is worth less. Where candidates passed but agree less than `abstain`, the
    request ends with nothing instead of climbing (early abstention, Zellinger et al. 2025).
    `cost` is the relative compute of one candidate, for the policy's budget. The model sees up to
    `sees` texts of the tiers before it and may adopt one or write its own (generative fusion,
    Jiang et al. 2023, LLM-Blender, section 4). With a `decoding` a second model, or the prompt,
    takes part in every token. With a `context` below 1 what is said of other places is compressed
    to this part of its room; see `ensemble.prompts.context.compression`.
    """

    model: str
    samples: int = 1
    quorum: float = 0.5
    confidence: float = float("-inf")
    draws: int = 1
    longest: int | None = None
    abstain: float = 0.0
    cost: float = 0.0
    sees: int = 0
    decoding: Decoding | None = None
    context: float = 1.0


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tiers, gates, thresholds and votes.

    `gates` are the checks whose FAIL removes a candidate. An answer that no tier decided is shown
    only if its share reaches `minimum_agreement` and its confidence `minimum_confidence`;
    with `verified_only`, only if some check also passed it. `weights` multiplies a model's votes;
    a model that it does not name has 1. Candidates of earlier tiers keep their votes. `key` says
    which candidates are votes for the same thing. Where a tie is left and no probabilities are
    known, the text of the better model wins: by its place in `prefer`, then by its weight. Votes
    for a text of more than `vote_chars` characters do not add up: it is worth its weightiest vote.
    A tier that would bring what a request costs above `budget` is passed over. Where no tier
    decided, the model `ranked_by`, one of the tiers', puts the texts in the order in which it finds
    them likely (pairwise ranking, Jiang et al. 2023, LLM-Blender, section 3).

    The gate `tests` runs visible tests, and only where somebody asked for a whole function or for
    one of `tested_extents`, and never while somebody types. Where these do not decide, the last
    model asked writes tests `test_samples` times, and `selection` says what is made of them; they
    only vote. With `last_resort`, where no candidate passed all visible tests, the one that passed
    most of them is offered, unverified: of equals, that of the last model asked.

    `skills` says what models are experts for: they are asked first there, and last elsewhere. With
    a `router` a request begins at the tier that this expects to answer it best for its cost, and
    an automatic one that it expects nothing of is not answered.

    `reward` names fitted scorers, a built-in one or a file (see `ensemble.reward`). They put the
    candidates in order where no tier decided, and what they give less than `minimum_reward` (the
    probability to be right, 0 to 1) is not shown, whoever decided, unless it passed visible tests.
    With `opinions`, where no tier decided, local models say how likely they find what others wrote.
    """

    tiers: tuple[Tier, ...]
    name: str = "default"
    gates: tuple[str, ...] = ("syntax", "names", "tests")
    temperature: float = 0.7
    minimum_agreement: float = 0.5
    minimum_confidence: float = float("-inf")
    verified_only: bool = False
    weights: dict[str, float] = {}
    prefer: tuple[str, ...] = ()
    key: VoteKey = VoteKey.TREE
    vote_chars: int | None = None
    budget: float = float("inf")
    tested_extents: tuple[Extent, ...] = ()
    ranked_by: str = ""
    selection: Selection = Selection.BEHAVIOR
    test_samples: int = 4
    last_resort: bool = False
    skills: dict[str, tuple[str, ...]] = {}
    router: RouterWeights | None = None
    reward: str = ""
    minimum_reward: float = 0.0
    opinions: bool = False

    @property
    def models(self) -> tuple[str, ...]:
        """The models that must be open for this policy: those of the tiers and their partners."""
        partners = [tier.decoding.partner for tier in self.tiers if tier.decoding]
        return tuple(dict.fromkeys([*(tier.model for tier in self.tiers), *filter(None, partners)]))

    def weight(self, model: str) -> float:
        """Return what one vote of this model is worth."""
        return self.weights.get(model, 1.0)

    def place(self, model: str) -> int:
        """Return the place of a model in the order of preference; the smaller, the better."""
        return self.prefer.index(model) if model in self.prefer else len(self.prefer)

    def affords(self, tier: Tier, spent: float) -> bool:
        """Tell whether a tier may be asked after so much was spent, by the tiers' costs."""
        return spent + tier.samples * tier.cost <= self.budget


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
