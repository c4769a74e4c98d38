"""A hub and a package index on this machine, which fail in every way that real ones do."""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from ensemble.models import model_catalog
from ensemble.models.model_catalog import CatalogModel, HubSource, PackageSource
from tests.models import SMALL

CONTENT = SMALL.read_bytes()
"""A real model file, small enough to be sent over and over."""

PARTS = 3


@dataclass
class LocalSources:
    """What the server has, how it fails, and what it was asked."""

    url: str
    """The server's address."""
    files: dict[str, bytes] = field(default_factory=dict)
    """What there is, by path."""
    redirects: dict[str, str] = field(default_factory=dict)
    """Where a path leads to instead."""
    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)
    """The status and the hub's error code by which a path is refused."""
    breaks: list[int] = field(default_factory=list)
    """After how many bytes each of the next answers breaks off."""
    ranges: bool = True
    """Whether the server sends a part of a file when it is asked for one."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """The path and the range of each request that was made."""
    authorizations: dict[str, str] = field(default_factory=dict)
    """The last Authorization header by path, "" for none."""


def tiny_model(*, packages: bool = True, content: bytes = CONTENT) -> CatalogModel:
    """Return a catalog entry for a file with this content, of a hub and of PARTS packages."""
    return CatalogModel(
        name="tiny",
        file="tiny.gguf",
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        parameters=1_000_000,
        quantization="Q8_0",
        kv_bytes=768,
        license="MIT",
        fim="suffix-prefix-middle",
        vocabulary="tiny",
        tiers=("small",),
        hub=HubSource("owner/tiny-GGUF", "abc123"),
        packages=PackageSource("tiny-part{}", "1.0", -(-len(content) // PARTS))
        if packages
        else None,
    )


def use_catalog(env: pytest.MonkeyPatch, *models: CatalogModel) -> None:
    """Make these models the catalog, and the first and the last of them its pair."""
    catalog = model_catalog._Catalog(models, (models[0].name, models[-1].name))
    env.setattr(model_catalog, "_catalog", lambda: catalog)


HUB_PATH = "/owner/tiny-GGUF/resolve/abc123/tiny.gguf"
STORE_PATH = "/store/of/the/hub"


def serve_hub(sources: LocalSources, content: bytes = CONTENT) -> None:
    """Have the hub send a file, from another address than it is asked for, as the real one does."""
    sources.redirects[HUB_PATH] = STORE_PATH
    sources.files[STORE_PATH] = content


def serve_packages(sources: LocalSources, content: bytes = CONTENT, count: int = PARTS) -> None:
    """Have the index carry the first `count` wheels."""
    size = -(-len(content) // PARTS)
    for number in range(1, count + 1):
        name = f"tiny_part{number}-1.0-py3-none-any.whl"
        wheel = wheel_of(f"tiny_part{number}", content[(number - 1) * size : number * size])
        sources.files[f"/wheels/{name}"] = wheel
        page = f'<a href="/wheels/{name}">{name}</a>'.encode()
        sources.files[f"/index/tiny-part{number}/"] = page


def wheel_of(package: str, data: bytes) -> bytes:
    """Return a wheel with this data, whose code must never run."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as wheel:
        wheel.writestr(f"{package}/__init__.py", "raise SystemExit('the wheel was imported')")
        wheel.writestr(f"{package}/data/part.bin", data)
        info = f"{package}-1.0.dist-info"
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return packed.getvalue()


@contextmanager
def local_sources(env: pytest.MonkeyPatch) -> Iterator[LocalSources]:
    """Give a server with nothing on it, and make it this process's hub and package index."""
    server = _Server(("127.0.0.1", 0), _Handler)
    sources = LocalSources(f"http://127.0.0.1:{server.server_address[1]}")
    server.sources = sources  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    for name in ("HF_TOKEN", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"):
        env.delenv(name, raising=False)
    env.setenv("HF_ENDPOINT", sources.url)
    env.setenv("PIP_CONFIG_FILE", "/dev/null")
    env.setenv("PIP_INDEX_URL", f"{sources.url}/index/")
    env.setenv("NO_PROXY", "127.0.0.1")
    try:
        yield sources
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing where the client breaks off, which tests have it do."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        sources: LocalSources = self.server.sources  # type: ignore[attr-defined]
        wanted = self.headers.get("Range", "")
        sources.asked.append((self.path, wanted))
        sources.authorizations[self.path] = self.headers.get("Authorization", "")
        if self.path in sources.refusals:
            status, code = sources.refusals[self.path]
            self._head(status, 0, {"X-Error-Code": code} if code else {})
        elif self.path in sources.redirects:
            self._head(302, 0, {"Location": sources.redirects[self.path]})
        elif self.path in sources.files:
            self._send(sources, sources.files[self.path], wanted)
        else:
            self._head(404, 0, {})

    def _send(self, sources: LocalSources, content: bytes, wanted: str) -> None:
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and sources.ranges else 0
        body = content[start:]
        kind = "text/html" if self.path.endswith("/") else "application/octet-stream"
        headers = {"Content-Type": kind}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self._head(206 if start else 200, len(body), headers)
        if sources.breaks and kind != "text/html":
            self.wfile.write(body[: sources.breaks.pop(0)])
            self.close_connection = True
        else:
            self.wfile.write(body)

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": f"{length}", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: standard error belongs to what is tested."""
