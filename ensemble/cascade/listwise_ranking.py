"""Ranking: one model compares what all have written.

Pairwise ranking (Jiang et al. 2023, "LLM-Blender", section 3) trains a model to say which of two
answers is the better one. A model that only fills holes says it untrained: the better of two is the
one that it finds likelier in the hole, by the mean log-probability of a token. Where all pairs are
compared by one number, the order by that number is the order by pairs won.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean

from ensemble.engines.engine import Engine, GenerationRequest, ScoringEngine
from ensemble.errors import EngineError
from ensemble.trace.trace import Journal, shortened
from ensemble.trace.vote_events import Ranked, RankedText, RankingRefused
from ensemble.voting.vote import Election, Group

_MOST = 6
"""The strongest groups that are compared; those behind them have next to no votes."""


async def ranked_by_model(
    election: Election, engine: Engine | None, question: GenerationRequest | None, journal: Journal
) -> Election:
    """Return the election with its strongest groups in the order in which a model prefers them.

    What passed visible tests stays before what did not. `question` is what the model was asked
    itself: its prompt is in the cache, and only the texts are computed. Where the model cannot
    compare (it is remote or recorded, was not asked, or fails), a step of the trace says so and the
    order stays.
    """
    compared, rest = election.groups[:_MOST], election.groups[_MOST:]
    if len(compared) < 2:
        return election
    if not isinstance(engine, ScoringEngine) or question is None:
        journal.note(RankingRefused("the model cannot compare texts, or was not asked"))
        return election
    try:
        scores = await engine.score(question, [group.speaker.text for group in compared])
    except EngineError as error:
        journal.note(RankingRefused(str(error)))
        return election
    likely = {
        group.speaker.text: fmean(logprobs) if logprobs else float("-inf")
        for group, logprobs in zip(compared, scores, strict=True)
    }
    journal.note(Ranked(_ranked_texts(likely)))

    def order(group: Group) -> tuple[bool, float]:
        return not group.speaker.tested, -likely[group.speaker.text]

    return replace(election, groups=(*sorted(compared, key=order), *rest))


def _ranked_texts(likely: dict[str, float]) -> tuple[RankedText, ...]:
    return tuple(
        RankedText(shortened(text), round(value, 4))
        for text, value in sorted(likely.items(), key=lambda pair: -pair[1])
        if value > float("-inf")
    )
