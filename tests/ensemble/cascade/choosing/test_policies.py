"""What a policy may say besides tiers and gates, field by field, through the whole completer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from code_checks.hole import Hole
from ensemble.cascade.completer import Completer
from ensemble.engines.engine import Engine, GenerationRequest, ScoringEngine
from ensemble.engines.scripted import Script, ScriptedEngine, Scripts
from ensemble.errors import EngineUnavailable
from ensemble.policy.policy import Policy, Tier, VoteKey
from ensemble.request import CompletionRequest, Trigger
from ensemble.trace.trace import Answer
from ensemble.trace.vote_events import RankingRefused
from tests.ensemble.trace.reading_traces import events

HOLE = Hole("python", "def area(width, height):\n    return ", "\n\n\nprint(area(2, 3))\n")
GOOD, OTHER, SHORT = "width * height", "height * width * 1", "width"
LONG = "width * height + width * height - height * width"


def tier(model: str, **changes: object) -> Tier:
    return Tier(**{"model": model, "decides": False, **changes})  # type: ignore[arg-type]


THREE = (tier("a"), tier("b"), tier("c"))


@dataclass(frozen=True, slots=True)
class Case:
    """What the models say, what the policy is, which text is shown first (None: nothing), and who
    was asked."""

    says: Mapping[str, Scripts]
    policy: Policy
    shown: str | None
    asked: str = "a b c"
    reason: str = ""


def always(*tiers: Tier, **changes: object) -> Policy:
    return Policy(tiers, **{"minimum_agreement": 0.0, **changes})  # type: ignore[arg-type]


SPLIT: Mapping[str, Scripts] = {"a": [GOOD], "b": [OTHER], "c": [SHORT]}
AGAINST_LONG: Mapping[str, Scripts] = {"a": [LONG], "b": [LONG], "c": [SHORT]}

CASES = {
    "a tie without probabilities and without a better model: the shorter": Case(
        SPLIT, always(*THREE), SHORT
    ),
    "a tie: the better model, as the policy says": Case(
        SPLIT, always(*THREE, prefer=("b", "a")), OTHER
    ),
    "a tie between groups: the better model": Case(
        {"a": [GOOD], "b": [SHORT], "c": [GOOD], "d": [SHORT]},
        always(*THREE, tier("d"), prefer=("a",)), GOOD, asked="a b c d",
    ),
    "preferred models do not outvote": Case(
        {"a": [GOOD], "b": [SHORT], "c": [SHORT]}, always(*THREE, prefer=("a",)), SHORT
    ),
    "known probabilities decide a tie, whoever is preferred": Case(
        {"a": [Script(GOOD, (-1.0,))], "b": [Script(OTHER, (-0.2,))]},
        always(*THREE[:2], prefer=("a",)), OTHER, asked="a b",
    ),
    "two agree on a long text": Case(AGAINST_LONG, always(*THREE, prefer=("c",)), LONG),
    "but votes for long texts do not add up": Case(
        AGAINST_LONG, always(*THREE, prefer=("c",), vote_chars=20), SHORT
    ),
    "a long text of the better model still wins": Case(
        AGAINST_LONG, always(*THREE, prefer=("a",), vote_chars=20), LONG
    ),
    "a heavier vote for a long text wins": Case(
        AGAINST_LONG, always(*THREE, weights={"b": 1.5}, vote_chars=20), LONG
    ),
    "votes for short texts add up under a length guard": Case(
        {"a": [GOOD], "b": [SHORT], "c": [SHORT]}, always(*THREE, prefer=("a",), vote_chars=20),
        SHORT,
    ),
    "a text that is short enough decides": Case(
        {"a": [GOOD], "b": [OTHER]}, always(tier("a", decides=True, longest=20), tier("b")), GOOD,
        asked="a",
    ),
    "a longer one does not": Case(
        {"a": [LONG], "b": [GOOD]},
        always(tier("a", decides=True, longest=20), tier("b", decides=True), prefer=("b",)), GOOD,
        asked="a b",
    ),
    "a longest of 0 leaves it to the tests": Case(
        {"a": [SHORT], "b": [SHORT]},
        always(tier("a", decides=True, longest=0), tier("b", decides=True)), SHORT, asked="a b",
        reason="agreement 1.00",
    ),
    "early abstention: the larger model sleeps on": Case(
        {"a": [GOOD, OTHER, SHORT], "b": [GOOD]},
        Policy((Tier("a", 3, 0.75, abstain=0.6), Tier("b"))), None, asked="a",
        reason="agreement 0.33 is below 0.60",
    ),
    "enough agreement climbs": Case(
        {"a": [GOOD, GOOD, SHORT], "b": [GOOD]},
        Policy((Tier("a", 3, 0.75, abstain=0.6), Tier("b"))), GOOD, asked="a b",
    ),
    "no candidate that passed is no reason to abstain": Case(
        {"a": ["width * * 2"], "b": [GOOD]},
        Policy((Tier("a", 1, 0.75, abstain=0.6), Tier("b"))), GOOD, asked="a b",
    ),
    "the last tier does not abstain early": Case(
        {"a": [GOOD, OTHER, SHORT]}, always(Tier("a", 3, 0.75, abstain=0.9)), SHORT, asked="a",
    ),
    "a tier above the budget is passed over": Case(
        SPLIT,
        always(
            tier("a", cost=1.0), tier("b", cost=5.0), tier("c", cost=1.5), budget=3.0, prefer=("b",)
        ),
        SHORT, asked="a c",
    ),
    "a budget counts samples": Case(
        SPLIT, always(tier("a", cost=1.0), tier("b", cost=1.0, samples=3), budget=3.5), GOOD,
        asked="a",
    ),
    "a budget that allows nobody": Case(
        SPLIT, always(tier("a", cost=4.0), budget=3.0), None, asked=""
    ),
    "votes by tree: parentheses do not part": Case(
        {"a": [SHORT], "b": ["(width * height)"], "c": [GOOD]}, always(*THREE), GOOD
    ),
    "votes by text: they do": Case(
        {"a": [SHORT], "b": ["(width * height)"], "c": [GOOD]},
        always(*THREE, key=VoteKey.TEXT), SHORT,
    ),
    "votes by text: spaces do not": Case(
        {"a": [SHORT], "b": ["width  *  height"], "c": [GOOD]},
        always(*THREE, key=VoteKey.TEXT, prefer=("c",)), GOOD,
    ),
    "a ranking by a model that cannot": Case(
        SPLIT, always(*THREE, ranked_by="c"), SHORT, reason="cannot compare"
    ),
}  # fmt: skip


async def answered(engines: Mapping[str, Engine], policy: Policy, hole: Hole = HOLE) -> Answer:
    request = CompletionRequest(hole, trigger=Trigger.INVOKED, deadline=60.0)
    return await Completer(engines, policy).complete(request)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_case(case: Case) -> None:
    engines = {name: ScriptedEngine(name, says) for name, says in case.says.items()}
    answer = await answered(engines, case.policy)
    assert (answer.completions[0].text if answer.completions else None) == case.shown
    assert " ".join(name for name, engine in engines.items() if engine.requests) == case.asked
    reasons = [
        getattr(step.event, name, "") for step in answer.trace for name in ("reason", "refusal")
    ]
    assert any(case.reason in reason for reason in reasons)


BLOCK = Hole("python", "def area(width, height):\n", "")
STATEMENTS = {
    "a": ["    size = width * height\n    return size\n"],
    "b": ["    size = (width * height)\n    print(size)\n    return size\n"],
    "c": ["    if width:\n        return 1\n"],
}


@pytest.mark.parametrize(
    ("key", "share"), [(VoteKey.STATEMENT, 2 / 3), (VoteKey.TREE, 1 / 3)], ids=str
)
async def test_blocks_vote_by_their_first_statement(key: VoteKey, share: float) -> None:
    engines = {name: ScriptedEngine(name, says) for name, says in STATEMENTS.items()}
    policy = always(*THREE, key=key, prefer=("a",), gates=("syntax",), test_samples=0)
    answer = await answered(engines, policy, BLOCK)
    assert answer.completions[0].text.splitlines()[0] == "    size = width * height"
    assert answer.completions[0].share == pytest.approx(share)


@pytest.mark.parametrize("sees", [0, 1, 2])
async def test_a_fusing_model_sees_what_the_others_proposed(sees: int) -> None:
    large = ScriptedEngine("large", [GOOD])
    engines = {
        "a": ScriptedEngine("a", [OTHER]), "b": ScriptedEngine("b", [SHORT]), "large": large,
    }  # fmt: skip
    tiers = (tier("a"), tier("b"), tier("large", sees=sees))
    await answered(engines, always(*tiers, prefer=("a", "b")))
    prompt = "".join(piece.text for piece in large.requests[0].prompt.pieces)
    assert (f"return {OTHER}" in prompt) is (sees >= 1)
    assert (f"return {SHORT}\n" in prompt) is (sees >= 2)
    if sees == 2:
        assert prompt.index(OTHER) > prompt.index(f"return {SHORT}\n"), "the best one comes last"


class ScoringScript(ScriptedEngine):
    """A scripted model that also finds texts likely or not."""

    def __init__(self, name: str, likes: Mapping[str, float], failure: str = "") -> None:
        super().__init__(name, [SHORT])
        self.scored: list[Sequence[str]] = []
        self._likes, self._failure = likes, failure

    async def score(
        self, request: GenerationRequest, texts: Sequence[str]
    ) -> tuple[tuple[float, ...], ...]:
        assert request == self.requests[-1], "its prompt is in the cache"
        self.scored.append(texts)
        if self._failure:
            raise EngineUnavailable(self._failure)
        return tuple((self._likes[text],) * 3 for text in texts)


LIKES = {GOOD: -2.0, OTHER: -0.5, SHORT: -1.0}


async def test_a_model_ranks_what_no_tier_decided() -> None:
    judge = ScoringScript("c", LIKES)
    engines: dict[str, Engine] = {
        "a": ScriptedEngine("a", [GOOD]), "b": ScriptedEngine("b", [OTHER]), "c": judge,
    }  # fmt: skip
    assert isinstance(judge, ScoringEngine)
    answer = await answered(engines, always(*THREE, ranked_by="c"))
    assert [completion.text for completion in answer.completions] == [OTHER, SHORT, GOOD]


async def test_what_a_tier_decided_is_not_ranked() -> None:
    judge = ScoringScript("a", LIKES)
    engines: dict[str, Engine] = {"a": judge}
    answer = await answered(engines, always(tier("a", decides=True), ranked_by="a"))
    assert answer.decided
    assert not judge.scored


async def test_a_ranking_that_fails_leaves_the_votes_order() -> None:
    judge = ScoringScript("c", LIKES, failure="c has died")
    engines: dict[str, Engine] = {
        "a": ScriptedEngine("a", [GOOD]), "b": ScriptedEngine("b", [GOOD]), "c": judge,
    }  # fmt: skip
    answer = await answered(engines, always(*THREE, ranked_by="c"))
    assert answer.completions[0].text == GOOD
    assert events(answer, RankingRefused) == [RankingRefused("c has died")]
