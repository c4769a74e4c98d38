"""A tier's decoding: from TOML to the request, and what engines do that cannot decode in pairs."""

from __future__ import annotations

import tomllib

import msgspec
import pytest

from ensemble.cascade.completer import Completer
from ensemble.engines.engine import Engine, GenerationRequest, PairingEngine
from ensemble.engines.local.host_client import HostClient
from ensemble.engines.scripted import ScriptedEngine
from ensemble.evaluation.metering import Calls, metered
from ensemble.models.info import FimTokens, ModelInfo
from ensemble.policy.decoding import Decoding, DecodingMethod
from ensemble.policy.policy import Policy, Tier
from ensemble.request import CompletionRequest, Trigger
from ensemble.trace.candidate_events import DecodingLeftOut, Generated
from ensemble.trace.request_events import EngineFailed
from ensemble.trace.trace import Answer
from tests.ensemble.inference.models import LARGE, SMALL, hole_at
from tests.ensemble.inference.pairs import decoding
from tests.ensemble.trace.reading_traces import events

POLICY = """
[[tiers]]
model = "large"
[tiers.decoding]
{fields}
"""

WRONG = [
    ('method = "nonesuch"\npartner = "small"', "Invalid enum value 'nonesuch'"),
    ('method = "fusion"', "decoding.partner: fusion needs a second model's name"),
    ('method = "lookup"\npartner = "small"', "decoding.partner: lookup needs no second model"),
    ('method = "fusion"\npartner = "small"\nweight = 1.5', "decoding.weight: 1.5 is not between"),
    ('method = "speculative"\npartner = "small"\ndraft = 0', "decoding.draft: 0 is not between"),
    ('method = "speculative"\npartner = "small"\ndraft = 65', "decoding.draft: 65 is not"),
    ('method = "speculative"\npartner = "small"\nconfidence = -1', "decoding.confidence: -1 is"),
    ('method = "fusion"\npartner = "small"\npooling = "max"', "Invalid enum value 'max'"),
    ('method = "fusion"\npartner = "small"\nalpha = 1', "unknown field `alpha`"),
]


def parsed(fields: str) -> Policy:
    return msgspec.convert(tomllib.loads(POLICY.format(fields=fields)), Policy)


def test_a_policy_file_says_how_to_decode() -> None:
    policy = parsed('method = "contrastive"\npartner = "small"\nweight = 0.3\nplausible = 0.2')
    expected = Decoding(DecodingMethod.CONTRASTIVE, "small", weight=0.3, plausible=0.2)
    assert policy.tiers[0].decoding == expected
    assert policy.models == ("large", "small")
    assert Policy((Tier("a"), Tier("b", decoding=Decoding(DecodingMethod.LOOKUP)))).models == (
        "a",
        "b",
    )


@pytest.mark.parametrize(("fields", "message"), WRONG)
def test_what_makes_no_sense_is_said(fields: str, message: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=message):
        parsed(fields)


async def answered(engines: dict[str, Engine], tier: Tier) -> Answer:
    policy = Policy((tier,), gates=(), minimum_agreement=0.0)
    hole = hole_at("return value")
    request = CompletionRequest(hole, trigger=Trigger.INVOKED, deadline=60.0)
    return await Completer(engines, policy).complete(request)


@pytest.mark.parametrize("method", DecodingMethod)
async def test_an_engine_that_cannot(method: DecodingMethod) -> None:
    """What only saves time is left out; what changes the text is refused."""
    engine = ScriptedEngine("large", ["count = 1"])
    answer = await answered({"large": engine}, Tier("large", decoding=decoding(method)))
    if method.lossless:
        assert [completion.text for completion in answer.completions] == ["count = 1"]
        assert [request.decoding for request in engine.requests] == [None]
        (left_out,) = events(answer, DecodingLeftOut)
        assert method.value in left_out.message
    else:
        assert not answer.completions
        (failed,) = events(answer, EngineFailed)
        assert failed.error == "ModelRefused"
        assert f"only a local model can decode by {method.value}" in failed.message


async def test_local_models_write_together_and_the_trace_counts_the_drafts() -> None:
    host = HostClient([LARGE, SMALL])
    calls = Calls()
    engine = metered(host.engine("large"), calls)
    try:
        tier = Tier("large", 2, decoding=decoding(DecodingMethod.SPECULATIVE, confidence=0.0))
        answer = await answered({"large": engine}, tier)
        (generated,) = events(answer, Generated)
        assert answer.completions
        assert generated.drafted_tokens is not None and generated.accepted_tokens is not None
        assert 0 <= generated.accepted_tokens <= generated.drafted_tokens
        assert calls == {"large": 2, "small": 2}
        missing = decoding(DecodingMethod.SPECULATIVE)
        missing = msgspec.structs.replace(missing, partner="nonesuch")
        answer = await answered({"large": engine}, Tier("large", decoding=missing))
        assert answer.completions
        assert len(events(answer, DecodingLeftOut)) == 1
    finally:
        await host.close()


class PairingScript(ScriptedEngine):
    """A scripted model that has partners, one of which is of another family."""

    async def partner(self, name: str) -> ModelInfo:
        tokens = FimTokens(prefix="<PRE>", suffix="<SUF>", middle="<MID>")
        info = await self.info()
        return info if name == "alike" else msgspec.structs.replace(info, fim=tokens)


async def test_a_partner_of_another_family_reads_its_own_prompt() -> None:
    requests: dict[str, GenerationRequest] = {}
    for name in ("alike", "other"):
        engine = PairingScript("large", ["count = 1"])
        assert isinstance(engine, PairingEngine)
        await answered(
            {"large": engine}, Tier("large", decoding=Decoding(DecodingMethod.FUSION, name))
        )
        (requests[name],) = engine.requests
    assert requests["alike"].partner_prompt is None
    own, other = requests["other"].prompt, requests["other"].partner_prompt
    assert other is not None
    assert "<fim_prefix>" in {piece.text for piece in own.pieces}
    assert "<PRE>" in {piece.text for piece in other.pieces}
