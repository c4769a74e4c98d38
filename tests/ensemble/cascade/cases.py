"""The cascade's cases: what the models say, what the policy demands, what comes of it.

The hole is always the one in `HOLE`. Good candidates are GOOD and OTHER, which differ; BROKEN does
not parse and UNKNOWN uses a name that is bound nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from code_checks.hole import Hole
from ensemble.candidate import StopReason
from ensemble.engines.scripted import Script, Scripts
from ensemble.errors import EngineUnavailable, ModelRefused
from ensemble.policy.policy import Policy, Tier
from ensemble.request import Trigger

HOLE = Hole("python", "def area(width, height):\n    return ", "\n\n\nprint(area(2, 3))\n")
GOOD, OTHER, THIRD = "width * height", "height * width", "abs(width * height)"
BROKEN, UNKNOWN = "width * * height", "breadth * height"

SMALL_ONLY = Policy((Tier("small", 3),))
BOTH = Policy((Tier("small", 3), Tier("large", 2)), weights={"large": 2.0})


@dataclass(frozen=True, slots=True)
class Case:
    """`small` and `large` are what these models say (None: no such model); `shown` are the texts
    of the final answer; `steps` its trace, where `checked` stands once for each candidate."""

    small: Scripts | None
    large: Scripts | None
    shown: tuple[str, ...]
    steps: str
    policy: Policy = BOTH
    decided: bool = True
    request: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    """What the last decided, escalated or abstained step says, in part."""


_FIRST = "route context checked checked"

CASES = {
    "the small model settles it": Case(
        [GOOD, GOOD, GOOD], [OTHER], (GOOD,),
        # The third could not change anything any more: it is not waited for.
        f"{_FIRST} generated voted decided finished",
        reason="agreement 0.67",
    ),
    "quorum comes with the third voice": Case(
        [GOOD, OTHER, GOOD], [OTHER], (GOOD, OTHER),
        f"{_FIRST} checked generated voted decided finished",
    ),
    "disagreement climbs to the large model": Case(
        [GOOD, OTHER, THIRD], [GOOD, GOOD], (GOOD, OTHER, THIRD),
        f"{_FIRST} checked generated voted escalated "
        "context checked checked generated voted decided finished",
        reason="agreement 0.71",
    ),
    "the large model outvotes three small ones that differ": Case(
        [OTHER, THIRD, "width"], [GOOD, GOOD], (GOOD, "width", OTHER, THIRD),
        f"{_FIRST} checked generated voted escalated "
        "context checked checked generated voted decided finished",
        reason="agreement 0.57",
    ),
    "what fails a check has no vote": Case(
        [BROKEN, UNKNOWN, GOOD], None, (GOOD,),
        f"{_FIRST} checked generated voted decided finished",
        policy=SMALL_ONLY, reason="agreement 0.67",
    ),
    "unanimous and wrong is not shown": Case(
        [BROKEN, BROKEN, BROKEN], [UNKNOWN, UNKNOWN], (),
        f"{_FIRST} checked generated voted escalated "
        "context checked checked generated voted abstained finished",
        decided=False, reason="no candidate passed the checks",
    ),
    "failed small ones do not hinder the large model": Case(
        [BROKEN, BROKEN, UNKNOWN], [GOOD, GOOD], (GOOD,),
        f"{_FIRST} checked generated voted escalated "
        "context checked checked generated voted decided finished",
    ),
    "three of one model who all differ: abstain": Case(
        [GOOD, OTHER, THIRD], None, (),
        f"{_FIRST} checked generated voted abstained finished",
        policy=SMALL_ONLY, decided=False, reason="agreement 0.33 is below 0.50",
    ),
    "below the quorum but above the minimum: shown, not decided": Case(
        [GOOD, OTHER, GOOD], None, (GOOD, OTHER),
        f"{_FIRST} checked generated voted finished",
        policy=Policy((Tier("small", 3, quorum=0.9),)), decided=False,
    ),
    "hopeless: the quorum is out of reach after two": Case(
        [GOOD, OTHER, GOOD], [GOOD, GOOD], (GOOD, OTHER),
        f"{_FIRST} generated voted escalated "
        "context checked checked generated voted decided finished",
        policy=Policy((Tier("small", 3, quorum=0.9), Tier("large", 2)), weights={"large": 2.0}),
    ),
    "tiers that only vote: all candidates are counted, nobody decides": Case(
        [GOOD, GOOD, OTHER], [GOOD], (GOOD, OTHER),
        f"{_FIRST} checked generated voted escalated context checked generated voted finished",
        policy=Policy((Tier("small", 3, decides=False), Tier("large", decides=False))),
        decided=False,
    ),
    "votes without weights count the same": Case(
        [GOOD, OTHER, THIRD], [THIRD, THIRD], (THIRD, GOOD, OTHER),
        f"{_FIRST} checked generated voted escalated "
        "context checked checked generated voted decided finished",
        policy=Policy(BOTH.tiers), reason="agreement 0.60",
    ),
    "too little confidence climbs": Case(
        [Script(GOOD, (-3.0, -1.0))], [Script(OTHER, (-0.1,))], (OTHER, GOOD),
        "route context checked generated voted escalated "
        "context checked generated voted decided finished",
        policy=Policy(
            (Tier("small", 1, confidence=-1.5), Tier("large", 1)), weights={"large": 2.0}
        ),
    ),
    "a confidence that nobody tells is none": Case(
        [GOOD], None, (), "route context checked generated voted abstained finished",
        policy=Policy((Tier("small", confidence=-9.0),), minimum_confidence=-9.0),
        decided=False, reason="confidence -inf is below -9.00",
    ),
    "nothing but silence, and nobody asked: the large model sleeps on": Case(
        ["", "", ""], [GOOD], (),
        f"{_FIRST} generated voted abstained finished", reason="votes are for silence",
    ),
    "nothing but silence, but somebody asked": Case(
        ["", "", ""], [GOOD, GOOD], (GOOD,),
        f"{_FIRST} generated voted escalated "
        "context checked checked generated voted decided finished",
        request={"trigger": Trigger.INVOKED},
    ),
    "to stop before the suffix is not to be silent": Case(
        [Script(stop=StopReason.SUFFIX)], [GOOD, GOOD], (GOOD,),
        f"{_FIRST} checked generated voted escalated "
        "context checked checked generated voted decided finished",
    ),
    "cut off in the middle of its statement": Case(
        [GOOD, Script("max(width, ", stop=StopReason.LENGTH), GOOD], None, (GOOD,),
        f"{_FIRST} checked generated voted decided finished",
        policy=SMALL_ONLY, reason="agreement 0.89",
    ),
    "an engine that fails is a step": Case(
        [Script(failure=EngineUnavailable("small died"))], [GOOD, GOOD], (GOOD,),
        "route context engine_failed voted escalated "
        "context checked checked generated voted decided finished",
    ),
    "an engine that fails half-way keeps its votes": Case(
        [GOOD, Script(failure=EngineUnavailable("small died"))], [GOOD, OTHER], (GOOD,),
        "route context checked engine_failed generated voted escalated "
        "context checked generated voted decided finished",
    ),
    "every engine fails: nothing, and no exception": Case(
        [Script(failure=EngineUnavailable("small died"))],
        [Script(failure=ModelRefused("large is broken"))], (),
        "route context engine_failed voted escalated "
        "context engine_failed voted abstained finished",
        decided=False, reason="no candidate finished",
    ),
    "a tier without a model": Case(
        None, [GOOD, GOOD], (GOOD,),
        "route engine_failed voted escalated "
        "context checked checked generated voted decided finished",
    ),
    "no tier at all": Case(
        [GOOD], None, (), "route abstained finished",
        request={"tiers": ()}, decided=False, reason="no candidate finished",
    ),
    "fewer candidates than asked for": Case(
        [], [GOOD, GOOD], (GOOD,),
        "route context voted escalated context checked checked generated voted decided finished",
    ),
    "the request chooses tier and samples": Case(
        [OTHER], [GOOD], (GOOD,), "route context checked generated voted decided finished",
        request={"tiers": ("large",), "samples": 1},
    ),
    "verified only: a skipped check is not enough": Case(
        [GOOD], None, (), "route context checked generated voted abstained finished",
        policy=Policy((Tier("small"),), gates=("unheard_of",), verified_only=True),
        decided=False, reason="no check could pass it",
    ),
    "a skipped check is enough otherwise": Case(
        [GOOD], None, (GOOD,), "route context checked generated voted decided finished",
        policy=Policy((Tier("small"),), gates=("unheard_of",)),
    ),
    "verified only: a passed check is enough": Case(
        [GOOD], None, (GOOD,), "route context checked generated voted decided finished",
        policy=Policy((Tier("small"),), verified_only=True),
    ),
    "no gates: the vote alone": Case(
        [UNKNOWN, GOOD, UNKNOWN], None, (UNKNOWN, GOOD),
        f"{_FIRST} checked generated voted decided finished",
        policy=Policy((Tier("small", 3),), gates=()),
    ),
}  # fmt: skip
