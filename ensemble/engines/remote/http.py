"""A POST whose answer is a stream of events, over httpx.

The environment decides nothing here but which certificates are trusted (SSL_CERT_FILE and
SSL_CERT_DIR, as OpenSSL reads them): no proxy of its variables, no password of a .netrc. Whoever
answers with a redirection is not followed, since the settings name one server. Closing the
iterator closes the connection, which is how a server learns that nobody wants the rest.

Only `conversation` imports this file, when a server is asked for the first time: nobody else has
to wait for httpx.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from functools import cache

import httpx

from ensemble.async_iterators import closing
from ensemble.engines.remote.event_stream import MEBIBYTE, AnswerTooLong, EventParser, WholeBody
from ensemble.errors import EngineUnavailable

_CONNECT_SECONDS = 5.0
_SILENCE_SECONDS = 120.0
"""How long a server may say nothing: it may be opening a model, or another request is first."""
_LONGEST_ANSWER = 32 * MEBIBYTE
"""Of a stream or a whole body: sixteen candidates of a thousand tokens are a fifth of it."""
_LONGEST_ERROR = 64 * 1024
_SHOWN_CHARACTERS = 300
"""How much of what a server complains about stands in our message."""

_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "text/event-stream",
    # Compressed, a short answer could become an endless one.
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "coterie",
}


async def post_events(
    url: str, body: bytes, headers: Mapping[str, str], proxy: str = ""
) -> AsyncIterator[bytes]:
    """Yield the data of each event that the server answers with.

    A body that is not an event stream is yielded whole, and END after it. `url` holds no
    credentials, because messages name it; `proxy` is the URL of one, "" for none.

    Raises EngineUnavailable, whose message names the URL, if the server cannot be reached,
    refuses, breaks off, falls silent, or says too much.
    """
    response: httpx.Response | None = None
    try:
        async with (
            _client(proxy) as client,
            client.stream("POST", url, content=body, headers=dict(headers)) as response,
            closing(response.aiter_raw()) as parts,
        ):
            if response.status_code != 200:
                raise EngineUnavailable(f"{url}: {await _refusal(response, parts)}")
            reader, size = _reader(response), 0
            async for part in parts:
                if (size := size + len(part)) > _LONGEST_ANSWER:
                    raise AnswerTooLong(
                        f"the answer is longer than {_LONGEST_ANSWER // MEBIBYTE} MiB"
                    )
                for event in reader.feed(part):
                    yield event
            for event in reader.finish():
                yield event
    except AnswerTooLong as error:
        raise EngineUnavailable(f"{url}: {error}") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        answered = response is not None
        raise EngineUnavailable(f"{url}: {_explained(error, answered=answered)}") from error


def _client(proxy: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        headers=_HEADERS,
        verify=certificates(),
        proxy=proxy or None,
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(_SILENCE_SECONDS, connect=_CONNECT_SECONDS),
    )


@cache
def certificates() -> ssl.SSLContext:
    """Return a context that trusts what this machine trusts, a company's certificates included."""
    return ssl.create_default_context()


def _reader(response: httpx.Response) -> EventParser | WholeBody:
    kind = response.headers.get("content-type", "")
    return EventParser() if kind.startswith("text/event-stream") else WholeBody()


async def _refusal(response: httpx.Response, parts: AsyncIterator[bytes]) -> str:
    """Say what a server answered that is no completion; of its text only the beginning is read."""
    answered = f"the server answered {response.status_code}"
    if response.has_redirect_location:
        return f"{answered}, a redirection, which is not followed; write the server's own URL"
    text = b""
    async for part in parts:
        text += part
        if len(text) > _LONGEST_ERROR:
            break
    return f"{answered}: {_shown(text.decode('utf-8', 'replace'))}"


def _explained(error: httpx.HTTPError | httpx.InvalidURL, *, answered: bool) -> str:
    """Say for people why there is no answer, or no end of it."""
    reason = _shown(_first_cause(error))
    match error:
        case httpx.ConnectTimeout():
            reason = f"no connection within {_CONNECT_SECONDS:.0f} s"
            return f"the server cannot be reached ({reason})"
        case httpx.ConnectError() | httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return f"the server cannot be reached ({reason})"
        case httpx.ProxyError():
            return f"the proxy refuses ({reason})"
        case httpx.TimeoutException():
            return "the server fell silent"
        case httpx.RemoteProtocolError() if not answered:
            return f"the connection broke, or the answer is not HTTP ({reason})"
        case _:
            return f"the connection broke ({reason})"


def _first_cause(error: BaseException) -> str:
    """Return the operating system's own reason, which the libraries in between leave out."""
    reason = str(error)
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            reason = cause.strerror
        inner = cause.exceptions[0] if isinstance(cause, BaseExceptionGroup) else None
        cause = inner or cause.__cause__ or cause.__context__
    return reason


def _shown(text: str) -> str:
    return " ".join(text[:_LONGEST_ERROR].split())[:_SHOWN_CHARACTERS]
