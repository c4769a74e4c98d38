"""Where other programs keep model files on this machine. None of these folders need exist."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path


def hub_caches() -> Iterator[Path]:
    """Yield where the hub's cache may be, which llama.cpp shares since 2026."""
    for name in ("LLAMA_CACHE", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if value := os.environ.get(name):
            yield Path(value)
    if home := os.environ.get("HF_HOME"):
        yield Path(home, "hub")
    if cache := os.environ.get("XDG_CACHE_HOME"):
        yield Path(cache, "huggingface", "hub")
    yield Path.home() / ".cache" / "huggingface" / "hub"


def llama_caches() -> Iterator[Path]:
    """Yield where older versions of llama.cpp may keep what they downloaded."""
    if value := os.environ.get("LLAMA_CACHE"):
        yield Path(value)
    if cache := os.environ.get("XDG_CACHE_HOME"):
        yield Path(cache, "llama.cpp")
    if local := os.environ.get("LOCALAPPDATA"):
        yield Path(local, "llama.cpp")
    caches = "Library/Caches" if sys.platform == "darwin" else ".cache"
    yield Path.home() / caches / "llama.cpp"


def ollama_folders() -> Iterator[Path]:
    """Yield where Ollama may keep manifests and blobs: a user's own, and the service's."""
    if value := os.environ.get("OLLAMA_MODELS"):
        yield Path(value)
    yield Path.home() / ".ollama" / "models"
    yield Path("/usr/share/ollama/.ollama/models")


def lm_studio_folders() -> Iterator[Path]:
    """Yield where LM Studio may keep models, a folder that the user chose there included."""
    homes = [Path.home() / ".cache" / "lm-studio", Path.home() / ".lmstudio"]
    with contextlib.suppress(OSError, UnicodeDecodeError):
        homes.insert(0, Path((Path.home() / ".lmstudio-home-pointer").read_text().strip()))
    for home in homes:
        yield home / "models"
        try:
            chosen = json.loads((home / "settings.json").read_bytes()).get("downloadsFolder")
        except (OSError, ValueError, AttributeError):
            continue
        if isinstance(chosen, str) and chosen:
            yield Path(chosen)
