"""The messages of the OpenAI-compatible completions endpoint, as far as they are needed here."""

from __future__ import annotations

from typing import Any

import msgspec

from ensemble.candidate import Sampling
from ensemble.errors import EngineUnavailable

END = b"[DONE]"
"""The data of the event after the last one."""


class Logprobs(msgspec.Struct, frozen=True):
    """Of each token in a choice, the log-probability; servers leave out what they don't know."""

    token_logprobs: list[float | None] = []


class CompletionChoice(msgspec.Struct, frozen=True):
    """What one event adds to a candidate."""

    text: str = ""
    index: int = 0
    """Which candidate, from 0."""
    finish_reason: str | None = None
    """Why the candidate ends here; None while it goes on."""
    logprobs: Logprobs | None = None
    """The log-probabilities of the tokens that were added; None if the server does not tell."""


class TokenUsage(msgspec.Struct, frozen=True):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class CompletionEvent(msgspec.Struct, frozen=True):
    """One event of the stream, or the whole answer of a server that does not stream."""

    choices: list[CompletionChoice] = []
    """The additions, at most one for each candidate."""
    usage: TokenUsage | None = None
    """What the request cost, which some servers say at the end."""
    error: Any = None
    """What went wrong, in whatever form the server writes it."""


def endpoint(url: str) -> str:
    """Return where to post: settings may name the server, its `/v1`, or the endpoint itself."""
    base = url.rstrip("/")
    if base.endswith("/completions"):
        return base
    return f"{base}/completions" if base.endswith("/v1") else f"{base}/v1/completions"


def question(
    prompt: str, sampling: Sampling, count: int, stops: tuple[str, ...], model: str
) -> bytes:
    """Return the body that asks for `count` candidates."""
    body: dict[str, Any] = {
        "prompt": prompt,
        "n": count,
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": sampling.seed,
        "logprobs": 1,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if model:
        body["model"] = model
    if stops:
        # Four is the most that the protocol's own specification allows.
        body["stop"] = list(stops[:4])
    return msgspec.json.encode(body)


def decoded(url: str, data: bytes) -> CompletionEvent:
    """Read one event. Raises EngineUnavailable, naming the URL, if it is none or is an error."""
    try:
        event = msgspec.json.decode(data, type=CompletionEvent)
    except msgspec.DecodeError as error:
        raise EngineUnavailable(f"{url}: the answer is not a completion ({error})") from error
    if event.error is not None:
        raise EngineUnavailable(f"{url}: the server reports an error: {event.error}")
    return event
