"""Fusion: a model that sees what others proposed before it writes its own.

Generative fusion (Jiang et al. 2023, "LLM-Blender", section 4) asks a model for one text out of the
best-ranked ones of others. A model that only fills holes takes no instructions, so the texts stand
in its prompt as another file does: the current line as each of the others would have it.
"""

from __future__ import annotations

from collections.abc import Sequence

from code_checks.hole import Hole
from code_checks.languages import language_named
from ensemble.request import Chunk


def fusion_chunk(hole: Hole, path: str, texts: Sequence[str]) -> Chunk:
    """Return the texts as a chunk of the same file, each as it would stand in its line.

    The best one comes last, next to the cursor, which models heed most.
    """
    language = language_named(hole.language)
    mark = language.line_comment if language is not None else ""
    heading = f"{mark} proposed\n" if mark else ""
    shown = "\n".join(
        heading + hole.line_head + text.rstrip("\n") for text in reversed(list(texts))
    )
    return Chunk(path, hole.language, shown + "\n")
