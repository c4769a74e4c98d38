"""From a method of decoding to the job that does it, where the two models fit together."""

from __future__ import annotations

from functools import lru_cache

from ensemble.inference.decoding.aligned_fusion import AlignedFusionJob
from ensemble.inference.decoding.fusion import AlternatingJob, FusionJob
from ensemble.inference.decoding.speculative import SpeculativeJob
from ensemble.inference.job import Job, JobInputs, Partner
from ensemble.inference.model import Model
from ensemble.inference.prompt_tokens import FittedPrompt
from ensemble.inference.vocabulary import Vocabulary
from ensemble.policy.decoding import Decoding, DecodingMethod


class Unpaired(Exception):
    """Two models that cannot decode together this way; the message says why, and which way would
    work."""


def pair_job(
    inputs: JobInputs,
    decoding: Decoding,
    model: Model | None,
    fitted: FittedPrompt | None = None,
) -> Job:
    """Return the job for a method; `model` is the partner and `fitted` the prompt as it reads it.

    Raises Unpaired for a method that needs one vocabulary where there are two.
    """
    if model is None or fitted is None:
        return SpeculativeJob(inputs, decoding, None)
    if model is inputs.model:
        raise Unpaired(f"{model.info.name}: a model cannot be its own partner")
    own, other = inputs.model.vocabulary, model.vocabulary
    difference = token_difference(own, other)
    if difference and decoding.method is not DecodingMethod.FUSION:
        raise Unpaired(
            f"{own.info.name} and {other.info.name} have different vocabularies: {difference}. "
            f"{decoding.method.value} needs one vocabulary; fusion works with two."
        )
    most = min(inputs.most, model.branch_room(len(fitted.tokens), len(inputs.samplings)))
    partner = Partner(model, fitted, min(own.size, other.size))
    match decoding.method:
        case (
            DecodingMethod.SPECULATIVE | DecodingMethod.SPECULATIVE_CASCADE | DecodingMethod.LOOKUP
        ):
            return SpeculativeJob(inputs, decoding, partner)
        case DecodingMethod.ONE_PER_TOKEN:
            return AlternatingJob(inputs._replace(most=most), decoding, partner)
        case DecodingMethod.FUSION if difference:
            return AlignedFusionJob(inputs._replace(most=most), decoding, partner)
        case DecodingMethod.FUSION | DecodingMethod.CONTRASTIVE:
            return FusionJob(inputs._replace(most=most), decoding, partner)


@lru_cache(maxsize=4)
def token_difference(left: Vocabulary, right: Vocabulary) -> str:
    """Say which is the first token that two vocabularies do not have in common, "" if there is
    none.

    One may go on behind the other's end if those tokens stand for no text: models of one family
    are padded to different sizes.
    """
    for token, (one, other) in enumerate(zip(left.texts, right.texts, strict=False)):
        if one != other:
            return f"token {token} is {_quoted(one)} in one and {_quoted(other)} in the other"
    longer = max(left, right, key=lambda vocabulary: vocabulary.size)
    for token in range(min(left.size, right.size), longer.size):
        if longer.piece(token):
            text = _quoted(longer.texts[token])
            return f"token {token}, {text}, is only in {longer.info.name}"
    return ""


def _quoted(text: bytes) -> str:
    return repr(text.decode("utf-8", "replace"))
