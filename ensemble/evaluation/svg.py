"""The beginning and the end of our pictures: SVG, written by hand, that any browser shows."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#1f2937}.axis{stroke:#9ca3af}.grid{stroke:#e5e7eb}"
    ".title{font-size:15px;font-weight:600}.muted{fill:#6b7280}"
)


def svg_document(width: int, height: int, left: int, title: str, parts: Iterable[str]) -> str:
    """Return a document of this size in pixels: the title, `left` of the edge, and the parts."""
    begun = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{escape(title, quote=True)}">',
        f"<style>{_STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text class="title" x="{left}" y="26">{escape(title)}</text>',
    )
    return "\n".join([*begun, *parts, "</svg>"]) + "\n"
