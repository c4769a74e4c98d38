"""What a made model says of itself: what its parents agree on, which models they are, and how it
was made.

The parents stand in the keys that the GGUF specification has for them (`general.base_model.*`),
with the hash of the file that was read; what was done to them stands under `coterie.merge.*`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from gguf import GGUFValueType as ValueType

from ensemble.merging.gguf_model import GgufModel, Value

_OWN = ("general.name", "general.file_type", "general.size_label", "general.uuid")
"""Facts of one file, which its offspring does not inherit."""
_ANCESTRY = ("general.base_model.", "coterie.merge.")
_QUANTIZATION_VERSION = 2
"""The only version of the quantized formats that there is."""
_PARENT_FACTS = ("author", "version", "organization", "url", "doi", "uuid", "repo_url")
"""What a parent says of itself, or of where it is from, and its offspring repeats."""


def inherited(models: Sequence[GgufModel]) -> dict[str, Value]:
    """Return the metadata that all models share; licenses are joined as SPDX writes it."""
    first, *others = models
    shared = {
        key: value
        for key, value in first.metadata.items()
        if key not in _OWN
        and not key.startswith(_ANCESTRY)
        and (_describes_the_model(key) or all(value == each.metadata.get(key) for each in others))
    }
    licenses = dict.fromkeys(str(each.get("general.license", "unknown")) for each in models)
    if tuple(licenses) != ("unknown",):
        shared["general.license"] = metadata_text(" AND ".join(licenses))
    return shared


def described(
    out: Path,
    file_type: int,
    parents: Sequence[GgufModel],
    base: GgufModel | None,
    facts: Mapping[str, str | int | float | list[float]],
) -> dict[str, Value]:
    """Return the metadata that says what the new model is, and from what it was made how."""
    metadata = {
        "general.name": metadata_text(out.stem),
        "general.file_type": Value(file_type, ValueType.UINT32),
        "general.quantization_version": Value(_QUANTIZATION_VERSION, ValueType.UINT32),
        "general.base_model.count": Value(len(parents), ValueType.UINT32),
    }
    for index, parent in enumerate(parents):
        metadata |= _named(f"general.base_model.{index}", parent)
    if base is not None:
        metadata |= _named("coterie.merge.base", base)
    for key, fact in facts.items():
        metadata[f"coterie.merge.{key}"] = _valued(fact)
    return metadata


def metadata_text(content: str) -> Value:
    """Return a string as a value of the metadata."""
    return Value(content, ValueType.STRING)


def _named(key: str, model: GgufModel) -> dict[str, Value]:
    """Say which model, and which file of it, was read."""
    named = {
        f"{key}.name": metadata_text(str(model.get("general.name") or model.path.stem)),
        f"{key}.file": metadata_text(model.name),
        f"{key}.sha256": metadata_text(model.sha256),
    }
    for fact in _PARENT_FACTS:
        known = model.get(f"general.{fact}") or model.get(f"general.source.{fact}")
        if isinstance(known, str):
            named[f"{key}.{fact}"] = metadata_text(known)
    return named


def _valued(fact: str | int | float | list[float]) -> Value:
    match fact:
        case str():
            return metadata_text(fact)
        case int():
            return Value(fact, ValueType.UINT32)
        case float():
            return Value(fact, ValueType.FLOAT32)
        case _:
            return Value(fact, ValueType.ARRAY, ValueType.FLOAT32)


def _describes_the_model(key: str) -> bool:
    """Tell whether llama.cpp needs this key. Where models fit and yet differ in one, such as the
    length of the context, the first one's stands."""
    return not key.startswith(("general.", "coterie.")) or key == "general.architecture"
