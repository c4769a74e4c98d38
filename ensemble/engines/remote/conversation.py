"""One request to a server: what is asked, and the candidates as they are heard."""

from __future__ import annotations

import asyncio
import os
from base64 import b64encode
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

import msgspec

from ensemble.async_iterators import closing
from ensemble.candidate import Candidate, Generation, Sampling, Stop, StopReason, Usage
from ensemble.engines.engine import GenerationRequest
from ensemble.engines.remote.api import (
    END,
    CompletionChoice,
    CompletionEvent,
    TokenUsage,
    decoded,
    endpoint,
    question,
)
from ensemble.engines.remote.prompt_text import before_control, control_names, prompt_text
from ensemble.engines.stop_rules import stopped
from ensemble.errors import EngineUnavailable
from ensemble.models.registry import ModelSpec
from ensemble.models.server_url import split_credentials


class RemoteBranch:
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

    def add(self, choice: CompletionChoice, stop: Stop, control: Sequence[str] = ()) -> None:
        """Append what came, line by line, since several tokens may come at once.

        `control` are the model's control tokens, at which a text ends.
        """
        self.known = True
        if not self.running:
            return
        if choice.logprobs is not None:
            known = choice.logprobs.token_logprobs
            self.logprobs += [value for value in known if value is not None]
        for part in choice.text.splitlines(keepends=True):
            self.text += part
            kept = before_control(self.text, control)
            if kept != self.text:
                self.text = kept
                if kept:
                    self.stop = StopReason.END
                    return
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


class Conversation:
    """What one request says to the server, and what it has heard. `news` is set when it hears."""

    def __init__(self, spec: ModelSpec, request: GenerationRequest, context: int) -> None:
        self.news = asyncio.Event()
        self._spec = spec
        self._request = request
        self._url = endpoint(spec.address)
        most = max((sampling.max_tokens for sampling in request.samplings), default=0)
        self._text, self._cut = prompt_text(request.prompt, context - most)
        self._control = control_names(request.prompt, spec.fim)
        self._branches = [RemoteBranch(number) for number in range(len(request.samplings))]
        self._heard: list[TokenUsage] = []

    def families(self) -> list[tuple[Sampling, tuple[RemoteBranch, ...]]]:
        """Return the branches that differ in their seed at most: one question asks for them all."""
        alike: dict[Sampling, list[RemoteBranch]] = {}
        for branch, sampling in zip(self._branches, self._request.samplings, strict=True):
            alike.setdefault(msgspec.structs.replace(sampling, seed=0), []).append(branch)
        return [
            (self._request.samplings[branches[0].number], tuple(branches))
            for branches in alike.values()
        ]

    async def hold(self, sampling: Sampling, branches: tuple[RemoteBranch, ...]) -> None:
        """Ask for some branches and listen until all have ended."""
        body = question(self._text, sampling, len(branches), self._control, self._spec.model)
        # Importing httpx takes time and memory, which only those pay who have a server.
        from ensemble.engines.remote.http import post_events  # noqa: PLC0415

        answer = post_events(self._url, body, _authorization(self._spec), self._spec.proxy)
        async with closing(answer) as events:
            async for data in events:
                if data == END:
                    break
                self._take(decoded(self._url, data), branches)
                if not any(branch.running for branch in branches):
                    return
            else:
                self._complete_without_end(branches)
        for branch in branches:
            branch.end(StopReason.END)

    def _complete_without_end(self, branches: tuple[RemoteBranch, ...]) -> None:
        """Raise EngineUnavailable unless all that was begun has said that it is finished."""
        begun = [branch for branch in branches if branch.known]
        if not begun:
            raise EngineUnavailable(f"{self._url}: the answer is empty")
        if any(branch.running for branch in begun):
            raise EngineUnavailable(f"{self._url}: the answer ended in the middle")

    def generation(self, *, done: bool) -> Generation:
        """Return the state of all branches; in the end only of those that the server knew: some
        servers answer with one candidate however many were asked for."""
        shown = [branch for branch in self._branches if branch.known or not done]
        return Generation(
            tuple(branch.candidate(self._spec.name) for branch in shown), self._usage(), done
        )

    def _take(self, event: CompletionEvent, branches: tuple[RemoteBranch, ...]) -> None:
        if event.usage is not None:
            self._heard.append(event.usage)
        for choice in event.choices:
            if 0 <= choice.index < len(branches):
                branches[choice.index].add(choice, self._request.stop, self._control)
        self.news.set()

    def _usage(self) -> Usage:
        """Return what the server said; where it was cut off before it could, what was seen."""
        seen = sum(len(branch.logprobs) for branch in self._branches)
        told = sum(tokens.completion_tokens for tokens in self._heard)
        prompt = max((tokens.prompt_tokens for tokens in self._heard), default=0)
        return Usage(prompt, 0, max(seen, told), self._cut)


def _authorization(spec: ModelSpec) -> dict[str, str]:
    """Return the header with which a server learns who asks; none where nobody has to say."""
    if spec.key_env:
        return {"Authorization": f"Bearer {os.environ.get(spec.key_env, '')}"}
    credentials = unquote_to_bytes(split_credentials(spec.url)[1])
    if not credentials:
        return {}
    if b":" not in credentials:
        credentials += b":"
    return {"Authorization": f"Basic {b64encode(credentials).decode()}"}
