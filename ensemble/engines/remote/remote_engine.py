"""Models on an OpenAI-compatible completion server (llama-server, vLLM, llama_cpp.server, …).

Used only where a person wrote a `url` into the settings. Such a server tokenizes by itself, so two
things are less exact than with a local model: a prompt is cut by characters, and a cursor inside a
token is not healed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

from ensemble.candidate import Generation
from ensemble.engines.engine import GenerationRequest
from ensemble.engines.remote.conversation import Conversation
from ensemble.engines.remote.prompt_text import family_tokens
from ensemble.errors import EngineUnavailable, ModelRefused
from ensemble.models.info import ModelInfo
from ensemble.models.registry import ModelSpec
from ensemble.models.server_url import is_server_url, split_credentials, without_credentials

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
        _refuse_settings(spec)
        return ModelInfo(
            name=spec.name,
            path=spec.address,
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
        conversation = Conversation(self._spec, request, info.context)
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


def _refuse_settings(spec: ModelSpec) -> None:
    """Raise ModelRefused, naming the setting and the remedy, for what cannot work."""
    for key, url in (("", spec.url), ("`proxy` ", spec.proxy)):
        if (url or not key) and not is_server_url(url):
            raise ModelRefused(
                f"{spec.name}: {key}{without_credentials(url)!r} is not the URL of a server. "
                "Write it like http://127.0.0.1:8080."
            )
    if spec.key_env and not os.environ.get(spec.key_env):
        raise ModelRefused(
            f"{spec.name}: the environment variable {spec.key_env} holds no key for "
            f"{spec.address}. Set it, or take `key_env` out of the settings."
        )
    if not _is_sendable(os.environ.get(spec.key_env, "")):
        raise ModelRefused(
            f"{spec.name}: what the environment variable {spec.key_env} holds is no key: it has "
            "line breaks or characters that no header may have."
        )
    if spec.key_env and split_credentials(spec.url)[1]:
        raise ModelRefused(
            f"{spec.name}: only one can be sent to {spec.address}, the key of `key_env` or the "
            "user and password in its `url`. Take one of them out of the settings."
        )


def _is_sendable(key: str) -> bool:
    return key.isascii() and key.isprintable()
