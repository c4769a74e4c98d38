"""Models on an OpenAI-compatible completion server (llama-server, vLLM, llama_cpp.server, …).

Used only where a person wrote a `url` into the settings. Such a server tokenizes by itself, so two
things are less exact than with a local model: a prompt is cut by characters, and a cursor inside a
token is not healed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import msgspec

from ensemble.async_iterators import closing
from ensemble.candidate import Candidate, Generation, Sampling, Stop, StopReason, Usage
from ensemble.engines.engine import GenerationRequest
from ensemble.engines.remote.api import (
    CompletionChoice,
    CompletionEvent,
    TokenUsage,
    decoded,
    endpoint,
    question,
)
from ensemble.engines.remote.http import post_events
from ensemble.engines.remote.prompt_text import family_tokens, prompt_text
from ensemble.engines.stop_rules import stopped
from ensemble.errors import EngineUnavailable, ModelRefused
from ensemble.models.info import ModelInfo
from ensemble.models.registry import ModelSpec

_DEFAULT_CONTEXT = 4096


class RemoteEngine:
    """One model of a server as an engine. It holds no connection between requests."""

    def __init__(self, spec: ModelSpec) -> None:
        self._spec = spec
        self._closed = False

    @property
    def name(self) -> str:
        return self._spec.name

    async def info(self) -> ModelInfo:
        """Describe the model as the settings do. Raises ModelRefused for settings that cannot
        work; whether the server is there shows only when it is asked."""
        spec = self._spec
        if not _is_server(spec.url):
            raise ModelRefused(
                f"{spec.name}: {spec.url!r} is not the URL of a server. "
                "Write it like http://127.0.0.1:8080."
            )
        if spec.key_env and not os.environ.get(spec.key_env):
            raise ModelRefused(
                f"{spec.name}: the environment variable {spec.key_env} holds no key for "
                f"{spec.url}. Set it, or take `key_env` out of the settings."
            )
        return ModelInfo(
            name=spec.name,
            path=spec.url,
            description=spec.model or "remote",
            context=spec.context or _DEFAULT_CONTEXT,
            fim=family_tokens(spec.fim),
            device="remote",
        )

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Generation]:
        """See `Engine.generate`. Closing the iterator closes the connections."""
        if self._closed:
            raise EngineUnavailable(f"{self.name}: the engine is closed")
        info = await self.info()
        conversation = _Conversation(self._spec, request, info.context)
        streams = [asyncio.create_task(conversation.hold(*kin)) for kin in conversation.families()]
        for stream in streams:
            stream.add_done_callback(lambda _: conversation.news.set())
        try:
            done = not streams
            while not done:
                await conversation.news.wait()
                conversation.news.clear()
                for stream in streams:
                    if stream.done():
                        stream.result()
                done = all(stream.done() for stream in streams)
                yield conversation.generation(done=done)
        finally:
            for stream in streams:
                stream.cancel()
            await asyncio.gather(*streams, return_exceptions=True)

    async def close(self) -> None:
        """Refuse further requests; there is nothing to free."""
        self._closed = True


def _is_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        # A port that is no number, or an address that is none.
        return False


class _Branch:
    """One candidate as far as it has been written."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.text = ""
        self.logprobs: list[float] = []
        self.stop = StopReason.RUNNING
        self.known = False

    @property
    def running(self) -> bool:
        return self.stop is StopReason.RUNNING

    def add(self, choice: CompletionChoice, stop: Stop) -> None:
        """Append what came, line by line, since several tokens may come at once."""
        self.known = True
        if not self.running:
            return
        if choice.logprobs is not None:
            known = choice.logprobs.token_logprobs
            self.logprobs += [value for value in known if value is not None]
        for part in choice.text.splitlines(keepends=True):
            self.text += part
            if (end := stopped(stop, self.text)) is not None:
                self.text, self.stop = self.text[: end[0]], end[1]
                return
        if choice.finish_reason:
            self.end(StopReason.LENGTH if choice.finish_reason == "length" else StopReason.END)

    def end(self, reason: StopReason) -> None:
        if self.running:
            self.stop = reason

    def candidate(self, model: str) -> Candidate:
        return Candidate(self.text, model, tuple(self.logprobs), self.stop, self.number)


class _Conversation:
    """What one request says to the server, and what it has heard. `news` is set when it hears."""

    def __init__(self, spec: ModelSpec, request: GenerationRequest, context: int) -> None:
        self.news = asyncio.Event()
        self._spec = spec
        self._request = request
        self._url = endpoint(spec.url)
        most = max((sampling.max_tokens for sampling in request.samplings), default=0)
        self._text, self._cut = prompt_text(request.prompt, context - most)
        self._branches = [_Branch(number) for number in range(len(request.samplings))]
        self._heard: list[TokenUsage] = []

    def families(self) -> list[tuple[Sampling, tuple[_Branch, ...]]]:
        """Return the branches that differ in their seed at most: one question asks for them all."""
        alike: dict[Sampling, list[_Branch]] = {}
        for branch, sampling in zip(self._branches, self._request.samplings, strict=True):
            alike.setdefault(msgspec.structs.replace(sampling, seed=0), []).append(branch)
        return [
            (self._request.samplings[branches[0].number], tuple(branches))
            for branches in alike.values()
        ]

    async def hold(self, sampling: Sampling, branches: tuple[_Branch, ...]) -> None:
        """Ask for some branches and listen until all have ended."""
        pieces = self._request.prompt.pieces
        stops = tuple(dict.fromkeys(piece.text for piece in pieces if piece.special))
        body = question(self._text, sampling, len(branches), stops, self._spec.model)
        async with closing(post_events(self._url, body, self._headers())) as events:
            async for data in events:
                if data != b"[DONE]":
                    self._take(decoded(self._url, data), branches)
                if not any(branch.running for branch in branches):
                    return
        for branch in branches:
            branch.end(StopReason.END)

    def generation(self, *, done: bool) -> Generation:
        """Return the state of all branches; in the end only of those that the server knew: some
        servers answer with one candidate however many were asked for."""
        shown = [branch for branch in self._branches if branch.known or not done]
        return Generation(
            tuple(branch.candidate(self._spec.name) for branch in shown), self._usage(), done
        )

    def _take(self, event: CompletionEvent, branches: tuple[_Branch, ...]) -> None:
        if event.usage is not None:
            self._heard.append(event.usage)
        for choice in event.choices:
            if 0 <= choice.index < len(branches):
                branches[choice.index].add(choice, self._request.stop)
        self.news.set()

    def _usage(self) -> Usage:
        """Return what the server said; where it was cut off before it could, what was seen."""
        seen = sum(len(branch.logprobs) for branch in self._branches)
        told = sum(tokens.completion_tokens for tokens in self._heard)
        prompt = max((tokens.prompt_tokens for tokens in self._heard), default=0)
        return Usage(prompt, 0, max(seen, told), self._cut)

    def _headers(self) -> dict[str, str]:
        key = os.environ.get(self._spec.key_env, "") if self._spec.key_env else ""
        return {"Authorization": f"Bearer {key}"} if key else {}
