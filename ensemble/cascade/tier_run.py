"""Asking one tier's model for its candidates."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence

import msgspec

from ensemble.async_iterators import closing
from ensemble.candidate import Candidate, Generation, StopReason, Usage
from ensemble.cascade.pairing import paired
from ensemble.cascade.sampling_plan import samplings, stop_rule
from ensemble.engines.engine import Engine, GenerationRequest
from ensemble.engines.prompt import Prompt
from ensemble.errors import EngineError, EngineUnavailable
from ensemble.models.info import ModelInfo
from ensemble.policy.policy import Policy, Route, Tier
from ensemble.prompts.build_prompt import build_prompt
from ensemble.prompts.context.compression import compressed
from ensemble.prompts.context.proposals import fusion_chunk
from ensemble.prompts.context.retrieval import gather_context
from ensemble.prompts.prompt_budget import PromptBudget, prompt_budget
from ensemble.request import CompletionRequest
from ensemble.trace.candidate_events import Generated, PromptBuilt
from ensemble.trace.request_events import EngineFailed
from ensemble.trace.trace import Journal


class TierRun:
    """One tier's model, asked once."""

    def __init__(
        self,
        request: CompletionRequest,
        route: Route,
        policy: Policy,
        number: int,
        journal: Journal,
        draw: int = 0,
        proposals: Sequence[str] = (),
        on_progress: Callable[[TierRun], None] = lambda _: None,
        first: int = 0,
    ) -> None:
        self._request = request
        self._route = route
        self._policy = policy
        self._journal = journal
        self._on_progress = on_progress
        self._first = first
        self._finished: list[Candidate] = []
        self._generation = Generation()
        self._began_ms = journal.elapsed_ms
        self._proposals = tuple(proposals)
        """Texts of the tiers before, which the model is to see."""
        self.number = number
        """The tier's index."""
        self.draw = draw
        """How often the tier was asked before."""
        self.tier: Tier = route.tiers[number]
        self.outstanding = self.tier.samples
        """The number of candidates that were asked for and have not finished."""
        self.generation_request: GenerationRequest | None = None
        """What the model was asked; None until it is known."""
        self.failure = ""
        """Why the model could not answer, or "" if it could."""

    @property
    def usage(self) -> Usage:
        """What it has cost so far."""
        return self._generation.usage

    @property
    def unfinished(self) -> tuple[Candidate, ...]:
        """The candidates under way, as far as they are written."""
        branches = {candidate.branch for candidate in self._finished}
        return tuple(c for c in self._generation.candidates if c.branch not in branches)

    async def candidates(
        self, engine: Engine | None, deadline: float
    ) -> AsyncIterator[tuple[Candidate, ...]]:
        """Yield the candidates in the batches in which they finish; the last may be empty.

        Closing the iterator cancels the generation. An engine that fails ends the iterator and
        leaves its message in `failure`. `deadline` is on `time.monotonic`'s clock.
        """
        try:
            if engine is None:
                raise EngineError(f"no model is named {self.tier.model!r}")
            self.generation_request = await self._generation_request(engine, deadline)
            async with closing(engine.generate(self.generation_request)) as generations:
                async for generation in generations:
                    ended = self._take(generation)
                    if ended or generation.done:
                        yield ended
            if not self._generation.done:
                raise EngineUnavailable(f"{engine.name} broke off before it was done")
        except EngineError as error:
            self.failure = str(error)
            self._journal.note(
                EngineFailed(
                    tier=self.number,
                    model=self.tier.model,
                    error=type(error).__name__,
                    message=self.failure,
                )
            )
        finally:
            self._report()

    @property
    def written(self) -> str:
        """The text of the greedy candidate, as far as it is known."""
        return next((c.text for c in self._generation.candidates if c.branch == 0), "")

    def _take(self, generation: Generation) -> tuple[Candidate, ...]:
        self._generation = generation
        self._on_progress(self)
        ended = tuple(
            candidate
            for candidate in self.unfinished
            if generation.done or candidate.stop is not StopReason.RUNNING
        )
        self._finished.extend(ended)
        self.outstanding = 0 if generation.done else self.tier.samples - len(self._finished)
        return ended

    async def _generation_request(self, engine: Engine, deadline: float) -> GenerationRequest:
        info = await engine.info()
        budget = prompt_budget(info, self._route.deadline)
        pair = await paired(engine, self.tier.decoding, self._journal, self.number)
        partner_prompt = longer = None
        if pair.partner is not None and pair.partner.asked_otherwise(info):
            partner_budget = prompt_budget(pair.partner, self._route.deadline)
            partner_prompt = await asyncio.to_thread(self._prompt, pair.partner, partner_budget)
        prompt = await asyncio.to_thread(self._prompt, info, budget)
        is_first = self.tier.model == self._route.tiers[0].model
        if budget.longer is not None and pair.partner is None and is_first:
            ahead = budget._replace(tokens=budget.longer)
            longer = await asyncio.to_thread(self._prompt, info, ahead)
        return GenerationRequest(
            prompt=prompt,
            samplings=tuple(
                samplings(self.tier, self._route, self._policy, self._request.seed, self._first)
            ),
            stop=stop_rule(self._request, self._route.extent),
            deadline=deadline,
            document=self._request.document or self._request.path,
            decoding=pair.decoding,
            partner_prompt=partner_prompt,
            longer=longer,
        )

    def _prompt(self, info: ModelInfo, budget: PromptBudget) -> Prompt:
        request, info = self._request, msgspec.structs.replace(info, context=budget.tokens)
        # A token of code is about three characters: a third of the model's context for other
        # places, the rest for what stands around the cursor.
        chunks = gather_context(
            request.hole,
            request.path,
            request.chunks,
            limit_chars=info.context,
            window_chars=2 * info.context,
        )
        if self.tier.context < 1:
            chunks = compressed(chunks, request.hole, int(self.tier.context * info.context))
        if self._proposals:
            chunks = (*chunks, fusion_chunk(request.hole, request.path, self._proposals))
        prompt = build_prompt(
            request.hole,
            info,
            path=request.path,
            repository=request.repository,
            chunks=chunks,
            suffix_tokens=budget.suffix,
        )
        prompt = msgspec.structs.replace(prompt, most_tokens=info.context)
        chars: Counter[str] = Counter()
        for piece in prompt.pieces:
            chars[piece.role] += 0 if piece.special else len(piece.text)
        self._journal.note(
            PromptBuilt(
                tier=self.number,
                model=info.name,
                chunks=len(chunks),
                offered=len(request.chunks),
                chars={**+chars, "head": len(prompt.head)},
            )
        )
        return prompt

    def _report(self) -> None:
        if not self._generation.candidates:
            return
        usage = self.usage
        self._journal.note(
            Generated(
                tier=self.number,
                model=self.tier.model,
                asked=self.tier.samples,
                finished=len(self._finished),
                stops=tuple(candidate.stop for candidate in self._generation.candidates),
                prompt_tokens=usage.prompt,
                reused_tokens=usage.reused,
                computed_tokens=usage.prompt - usage.reused,
                generated_tokens=usage.generated,
                drafted_tokens=usage.drafted if usage.drafted else None,
                accepted_tokens=usage.accepted if usage.drafted else None,
                cut=dict(Counter(usage.cut)),
                ms=round(self._journal.elapsed_ms - self._began_ms, 2),
            )
        )
