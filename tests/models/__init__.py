"""Two tiny models for what must hold for any model: small, and they stay as they are."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent
SMALL, LARGE = _HERE / "standin-small.gguf", _HERE / "standin-large.gguf"
