"""The reward in a cascade: what it puts first and hides, what it says, what it leaves alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import pytest

from code_checks.hole import Extent, Hole
from ensemble.cascade.completer import Completer
from ensemble.engines.engine import GenerationRequest
from ensemble.engines.scripted import ScriptedEngine
from ensemble.errors import EngineError, EngineUnavailable
from ensemble.policy.policy import DEFAULT_POLICY, Policy, Tier
from ensemble.request import CompletionRequest, Trigger
from ensemble.reward.reward_files import save
from ensemble.trace.request_events import Abstained, EngineFailed
from ensemble.trace.trace import Answer
from ensemble.trace.vote_events import Rewarded, RewardUnusable
from lsp_server.answers.trace_text import story
from lsp_server.code_actions.why import readable
from tests.ensemble.reward.material import reward
from tests.ensemble.trace.reading_traces import events

HOLE = Hole("python", "def area(width, height):\n    ", "\n")
VOTES = Policy(
    (Tier("small", samples=3, decides=False), Tier("large", decides=False)), minimum_agreement=0.0
)
SAYS = {
    "small": ["return width", "return width", "return 2 * width"],
    "large": ["return width * height"],
}
TRUSTS_LARGE = reward(("backed:large", 4.0), ("backed:small", 0.0), scorers=((-2, 1), (-1, 1)))
# The large model's text .92, the others .18: the means of the scorers' odds are 2.5 and -1.5.


async def answered(policy: Policy, says: Mapping[str, list[str]] = SAYS) -> Answer:
    """Return the final answer of scripted models under a policy."""
    return await asked({name: ScriptedEngine(name, texts) for name, texts in says.items()}, policy)


async def asked(engines: Mapping[str, ScriptedEngine], policy: Policy) -> Answer:
    """Return the final answer of these models."""
    request = CompletionRequest(HOLE, trigger=Trigger.INVOKED, extent=Extent.LINE, deadline=60)
    return [answer async for answer in Completer(engines, policy).answers(request)][-1]


def texts(answer: Answer) -> list[str]:
    return [completion.text for completion in answer.completions]


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    """A vote that never decides, with a reward that trusts the large model."""
    save(TRUSTS_LARGE, tmp_path / "large.json")
    return msgspec.structs.replace(VOTES, reward=str(tmp_path / "large.json"))


async def test_without_one_the_vote_stands() -> None:
    answer = await answered(VOTES)
    assert texts(answer)[0] == "return width"
    assert not events(answer, Rewarded) and not events(answer, RewardUnusable)


async def test_it_puts_another_first_where_the_vote_does_not_decide(policy: Policy) -> None:
    answer = await answered(policy)
    assert texts(answer) == ["return width * height", "return width", "return 2 * width"]
    first, *_ = answer.completions
    assert first.share == pytest.approx(1 / 4), "the share stays that of the votes"


async def test_it_leaves_what_a_quorum_decided(policy: Policy) -> None:
    tiers = (Tier("small", samples=3, quorum=0.6), Tier("large"))
    answer = await answered(msgspec.structs.replace(policy, tiers=tiers))
    assert answer.decided
    assert texts(answer)[0] == "return width"


async def test_every_completion_comes_with_its_features(policy: Policy) -> None:
    for given in (policy, VOTES):
        answer = await answered(given)
        assert len(answer.features) == len(answer.completions) == 3
        of = dict(zip(texts(answer), answer.features, strict=True))
        assert of["return width"]["share"] == 0.5
        assert of["return width * height"]["backed:large"] == 1.0


MINIMA = {0.9: "return width * height", 0.95: None}


@pytest.mark.parametrize(("minimum", "shown"), MINIMA.items(), ids=str)
async def test_what_is_worth_too_little_is_hidden(
    policy: Policy, minimum: float, shown: str | None
) -> None:
    answer = await answered(msgspec.structs.replace(policy, minimum_reward=minimum))
    assert texts(answer)[:1] == ([] if shown is None else [shown])
    reasons = [abstained.reason for abstained in events(answer, Abstained)]
    assert reasons == ([] if shown else ["reward 0.92 is below 0.95"])


async def test_a_quorum_is_no_reason_to_show_what_is_worth_too_little(policy: Policy) -> None:
    tiers = (Tier("small", samples=3, quorum=0.6), Tier("large"))
    strict = msgspec.structs.replace(policy, tiers=tiers, minimum_reward=0.5)
    answer = await answered(strict)
    assert texts(answer) == []
    assert events(answer, Abstained)[0].reason == "reward 0.18 is below 0.50"


async def test_the_policys_agreement_is_asked_as_well(policy: Policy) -> None:
    answer = await answered(msgspec.structs.replace(policy, minimum_agreement=0.5))
    assert events(answer, Abstained)[0].reason == "agreement 0.25 is below 0.50"


async def test_the_trace_says_why(policy: Policy) -> None:
    answer = await answered(policy)
    (rewarded,) = events(answer, Rewarded)
    best = rewarded.groups[0]
    assert best.text == "return width * height"
    assert best.reward == pytest.approx(0.924, abs=1e-3)
    assert best.parts == {"backed:large": 4.0}
    assert best.why == "reward .92 ± .04: large agrees +4.0"
    for told in (story(answer).plain, readable(answer, "area.py")):
        assert "92% return width * height  reward .92 ± .04: large agrees +4.0" in told
    assert msgspec.json.encode(answer.trace)


REFUSED = {
    "absent": (None, "cannot be read: No such file"),
    "broken": ("{}", "holds no reward"),
    "of another version": (
        '{"format": "coterie reward", "version": 9}',
        "version of its format is 9",
    ),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
async def test_one_that_is_refused_leaves_the_vote(
    tmp_path: Path, text: str | None, message: str
) -> None:
    file = tmp_path / "bad.json"
    if text is not None:
        file.write_text(text)
    given = msgspec.structs.replace(VOTES, reward=str(file), minimum_reward=0.99)
    answer = await answered(given)
    assert texts(answer) == texts(await answered(VOTES))
    (unusable,) = events(answer, RewardUnusable)
    assert message in unusable.refusal
    assert "the vote stands" in story(answer).plain


async def test_one_for_other_models_is_refused(policy: Policy) -> None:
    tiers = (*policy.tiers, Tier("third"))
    answer = await answered(msgspec.structs.replace(policy, tiers=tiers))
    assert "does not know 'third'" in events(answer, RewardUnusable)[0].refusal


def test_a_policy_has_none_unless_told() -> None:
    assert DEFAULT_POLICY.reward == ""
    assert DEFAULT_POLICY.minimum_reward == 0.0


class Judging(ScriptedEngine):
    """A scripted model that finds the token that a text has for each of its words as likely as the
    text is long; `failure` is raised instead."""

    failure: EngineError | None = None

    async def score(
        self, request: GenerationRequest, texts: Sequence[str]
    ) -> tuple[tuple[float, ...], ...]:
        assert request.prompt.head.endswith("    "), "it is asked about the hole"
        if self.failure is not None:
            raise self.failure
        return tuple(tuple(-float(len(text)) for _ in text.split()) for text in texts)


async def test_models_say_what_they_think_of_what_others_wrote() -> None:
    engines = {name: Judging(name, said) for name, said in SAYS.items()}
    answer = await asked(engines, msgspec.structs.replace(VOTES, opinions=True))
    heard = {t: f["others_logprob"] for t, f in zip(texts(answer), answer.features, strict=True)}
    assert heard == {text: -float(len(text)) for said in SAYS.values() for text in said}
    plain = await asked({name: Judging(name, said) for name, said in SAYS.items()}, VOTES)
    assert not any("others_logprob" in features for features in plain.features)


async def test_who_cannot_judge_or_fails_is_left_out() -> None:
    engines = {
        "small": ScriptedEngine("small", SAYS["small"]),
        "large": Judging("large", SAYS["large"]),
    }
    policy = msgspec.structs.replace(VOTES, opinions=True)
    answer = await asked(engines, policy)
    of = dict(zip(texts(answer), answer.features, strict=True))
    assert "others_logprob" not in of["return width * height"], "nobody else can judge it"
    assert of["return width"]["others_logprob"] == -12.0
    Judging.failure = EngineUnavailable("large is away")
    try:
        answer = await asked(engines, policy)
    finally:
        Judging.failure = None
    assert texts(answer)[0] == "return width"
    assert events(answer, EngineFailed)[0].message == "large is away"
    assert not any("others_logprob" in features for features in answer.features)
