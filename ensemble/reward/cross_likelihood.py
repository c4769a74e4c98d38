"""Cross-likelihood: how likely models find the texts that other models wrote.

A text that only the model that wrote it finds likely is often wrong (Zhang et al. 2023, "Coder
Reviewer Reranking", use the likelihood of code in the same way).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ensemble.engines.engine import Engine, GenerationRequest, ScoringEngine
from ensemble.errors import EngineError
from ensemble.trace.request_events import EngineFailed
from ensemble.trace.trace import Journal
from ensemble.voting.vote import Election

_MOST_TEXTS = 6
"""Texts of one request that models are asked about; those behind them have next to no votes."""


async def likelihoods_of_others(
    election: Election,
    questions: Mapping[str, GenerationRequest],
    engines: Mapping[str, Engine],
    journal: Journal,
) -> dict[str, float]:
    """Return for the strongest texts the mean log-probability of a token, under the models of
    `questions` that did not write it.

    A question's prompt is in its model's cache, so that only the texts are computed. Remote and
    recorded models cannot score texts, and a model that fails is a step of the trace; a text that
    no model scored is missing.
    """
    means: dict[str, list[float]] = {}
    for model, question in questions.items():
        engine = engines.get(model)
        texts = _of_others(election, model)
        if not isinstance(engine, ScoringEngine) or not texts:
            continue
        try:
            scores = await engine.score(question, texts)
        except EngineError as error:
            journal.note(EngineFailed(model=model, message=str(error)))
            continue
        for text, logprobs in zip(texts, scores, strict=True):
            if logprobs:
                means.setdefault(text, []).append(_mean(logprobs))
    return {text: _mean(of_models) for text, of_models in means.items()}


def _of_others(election: Election, model: str) -> list[str]:
    speakers = [group.speaker for group in election.groups[:_MOST_TEXTS]]
    return [speaker.text for speaker in speakers if speaker.candidate.model != model]


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)
