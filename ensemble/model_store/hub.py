"""A model's file from the model hub, through huggingface_hub: its mirrors, tokens and proxies hold.

`hf_hub_download` would keep a second copy in the hub's cache and cannot go on where it was
interrupted, so the file is asked for from the byte that is missing.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import httpx2
from huggingface_hub import get_session, get_token, hf_hub_url
from huggingface_hub.errors import OfflineModeIsEnabled

from ensemble.errors import SourceFailed
from ensemble.model_store.part_files import OnProgress
from ensemble.models.model_catalog import CatalogModel

_TIMEOUT = httpx2.Timeout(30.0, connect=8.0)
_MOST_FAILURES = 4
"""How many times in a row nothing may come before the hub is given up."""

_WAIT_SECONDS = 1.0


def download_from_hub(model: CatalogModel, part: Path, on_progress: OnProgress) -> None:
    """Complete a part file, whatever it holds already. Raises SourceFailed, and OSError for what
    the file system refuses."""
    failures = 0
    while True:
        before = _size(part)
        try:
            return _stream(model, part, before, on_progress)
        except httpx2.TransportError as error:
            failures = 0 if _size(part) > before else failures + 1
            # What was never reached is not reached a second later either.
            if failures > _MOST_FAILURES or isinstance(error, httpx2.ConnectError):
                raise SourceFailed(_unreachable(error)) from error
            time.sleep(_WAIT_SECONDS * failures)
        except OfflineModeIsEnabled as error:
            raise SourceFailed("the hub is switched off here by HF_HUB_OFFLINE") from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise SourceFailed(_unreachable(error)) from error


def _stream(model: CatalogModel, part: Path, start: int, on_progress: OnProgress) -> None:
    """Append what is missing to the part file, in one answer of the hub."""
    if start >= model.bytes:
        return
    url = hf_hub_url(
        model.hub.repository, model.file,
        revision=model.hub.revision, endpoint=os.environ.get("HF_ENDPOINT"),
    )  # fmt: skip
    headers = {"Accept-Encoding": "identity"}
    if token := get_token():
        headers["Authorization"] = f"Bearer {token}"
    if start:
        headers["Range"] = f"bytes={start}-"
    with get_session().stream(
        "GET", url, headers=headers, timeout=_TIMEOUT, follow_redirects=True
    ) as response:
        if response.is_error:
            raise SourceFailed(_refusal(model, response))
        # A server that knows no ranges sends everything again.
        start = start if response.status_code == 206 else 0
        length = int(response.headers.get("Content-Length") or model.bytes - start)
        if start + length != model.bytes:
            raise SourceFailed(
                f"the hub's {model.file} has {start + length:,} bytes, and the catalog's "
                f"{model.bytes:,}: it was replaced there"
            )
        with part.open("r+b" if start else "wb") as stream:
            stream.seek(start)
            for block in response.iter_raw():
                stream.write(block)
                on_progress(model.name, stream.tell(), model.bytes)
    if _size(part) < model.bytes:
        raise httpx2.RemoteProtocolError("the connection was closed too early")


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _refusal(model: CatalogModel, response: httpx2.Response) -> str:
    """Say what an error of the hub means."""
    repository, revision = model.hub.repository, model.hub.revision
    match response.headers.get("X-Error-Code", ""), response.status_code:
        case ("GatedRepo", _) | ("", 403):
            return (
                f"the hub gives {repository} only to those who accepted its terms: accept them on "
                "its page, and set HF_TOKEN to a token of yours"
            )
        case ("EntryNotFound" | "RevisionNotFound", _) | ("", 404):
            return f"the hub has {model.file} in {repository} at {revision} no longer"
        case ("RepoNotFound", _) | ("", 401):
            return f"the hub has no repository {repository}, or wants a token (HF_TOKEN) for it"
        case _:
            return f"the hub answered {response.status_code} for {repository}"


def _unreachable(error: Exception) -> str:
    text = f"{error}" or type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return (
            "the hub's certificate is not trusted here; if a proxy inspects the traffic, name its "
            "certificates in SSL_CERT_FILE"
        )
    if isinstance(error, httpx2.ProxyError):
        return f"the proxy of HTTPS_PROXY refuses the hub ({text})"
    return f"the hub cannot be reached ({text})"
