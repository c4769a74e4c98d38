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
    """One rung of the cascade: a model, how often it is asked, and when its word is enough.

    Raises ValueError for a quorum that is no share.
    """

    model: str
    """The name of a model of the settings."""
    samples: int = 1
    """How many candidates the model writes each time it is asked; the first one greedily."""
    quorum: float = 0.5
    """The share of the weighted votes, 0 to 1, at which a candidate that no check failed
    decides."""
    decides: bool = True
    """Whether this tier may decide. If not, all of its candidates only vote, whatever they agree
    on, and the next tier is asked."""
    confidence: float = float("-inf")
    """The least mean log-probability of its tokens with which a candidate decides. A model that
    tells no probabilities reaches no finite one."""
    draws: int = 1
    """How often the model is asked at most where visible tests judge: until a candidate passes
    them, which then decides."""
    longest: int | None = None
    """An untested candidate of more characters never decides here: what a weak model says at
    length is worth less. None for no limit."""
    abstain: float = 0.0
    """Where candidates passed but agree less than this, the request ends with nothing instead of
    going on to larger models (early abstention, Zellinger et al. 2025)."""
    cost: float = 0.0
    """The relative compute of one candidate, for the policy's budget."""
    sees: int = 0
    """How many texts of the tiers before it the model sees; it may adopt one or write its own
    (generative fusion, Jiang et al. 2023, LLM-Blender, section 4). Experimental."""
    decoding: Decoding | None = None
    """How a second model, or the prompt, takes part in every token; None for a model alone.
    Experimental."""
    context: float = 1.0
    """What is said of other places is compressed to this part of its room, 0 to 1; see
    `ensemble.prompts.context.compression`. Experimental below 1."""

    def __post_init__(self) -> None:
        if not 0 <= self.quorum <= 1:
            remedy = "; for a tier that only votes write `decides = false`"
            raise ValueError(
                f"a quorum of {self.quorum:g} is not 0 to 1{remedy if self.quorum > 1 else ''}"
            )


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tiers, gates, thresholds and votes. Candidates of earlier tiers keep their votes."""

    tiers: tuple[Tier, ...]
    """The models to ask, in this order, until one tier decides."""
    name: str = "default"
    """What traces and evaluations call it; of a file that says none, the file's name."""
    gates: tuple[str, ...] = ("syntax", "names", "attributes", "dead_code", "tests")
    """The checks whose FAIL removes a candidate. `tests` runs visible tests, only where somebody
    asked for a whole function or for one of `tested_extents`, and never while somebody types."""
    temperature: float = 0.7
    """How every candidate but a model's first one is sampled."""
    minimum_agreement: float = 0.5
    """The least share of the votes, 0 to 1, with which an answer that no tier decided is shown."""
    minimum_confidence: float = float("-inf")
    """The least mean log-probability with which an answer that no tier decided is shown."""
    verified_only: bool = False
    """Whether only answers are shown that some check has passed."""
    weights: dict[str, float] = {}
    """By what a model's votes are multiplied; 1 for a model that is not named."""
    prefer: tuple[str, ...] = ()
    """The better models first: whose text wins where a tie is left and no probabilities are known.
    After these the weights say."""
    key: VoteKey = VoteKey.TREE
    """What two candidates must have in common to be votes for the same thing."""
    vote_chars: int | None = None
    """Votes for a text of more characters do not add up: it is worth its weightiest vote. None for
    no limit."""
    budget: float = float("inf")
    """What a request may cost, by the tiers' costs: a tier that would bring it above is passed
    over."""
    tested_extents: tuple[Extent, ...] = ()
    """Beside whole functions, the extents for which the gate `tests` runs tests when asked."""
    ranked_by: str = ""
    """The model, one of the tiers', that puts the texts in the order in which it finds them likely
    where no tier decided (pairwise ranking, Jiang et al. 2023, LLM-Blender, section 3); "" for
    none. Experimental."""
    selection: Selection = Selection.BEHAVIOR
    """What is made of tests that a model wrote, where visible ones do not decide; they only
    vote."""
    test_samples: int = 4
    """How often the last model asked writes tests where visible ones do not decide."""
    last_resort: bool = False
    """Whether, where no candidate passed all visible tests, the one that passed most of them is
    offered, unverified: of equals, that of the last model asked."""
    skills: dict[str, tuple[str, ...]] = {}
    """What models are experts for: they are asked first there, and last elsewhere."""
    router: RouterWeights | None = None
    """Where a request begins: at the tier that this expects to answer it best for its cost; an
    automatic request that it expects nothing of is not answered. None to begin at the first."""
    reward: str = ""
    """The fitted scorers that put candidates in order where no tier decided: a built-in reward or
    a file (see `ensemble.reward`); "" for none."""
    minimum_reward: float = 0.0
    """What the reward gives less than this probability to be right, 0 to 1, is not shown, whoever
    decided, unless it passed visible tests."""
    opinions: bool = False
    """Whether local models say how likely they find what others wrote, where no tier decided."""

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
    """What this request may spend."""

    tiers: tuple[Tier, ...]
    """The models to ask, in this order."""
    extent: Extent
    """How much text is wanted."""
    gates: tuple[str, ...]
    """The checks whose FAIL removes a candidate."""
    deadline: float
    """Seconds from now after which the best answer there is goes out."""
    max_tokens: int
    """How long a candidate may be."""
    reason: str = ""
    """Why it is this route, for people."""
    accept_silence: bool = False
    """Whether a quorum of candidates that say nothing ends the request without asking the larger
    models, which for a request that nobody made is the usual right answer."""
    judged: bool = False
    """Whether there are visible tests: whoever passes them decides, and all are waited for until
    then."""
