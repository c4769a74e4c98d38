"""Small model files for these tests: the small one of tests/models, changed as they say."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import numpy.typing as npt
from gguf import GGMLQuantizationType as TensorType
from gguf import GGUFValueType as ValueType
from typer.testing import CliRunner, Result

from lsp_server.__main__ import app
from tests.models import SMALL

Floats = npt.NDArray[np.float32]
Change = Callable[[str, Floats], Floats]
"""Is given a tensor's name and values, and returns other values."""

_FILE_TYPES = {"F32": 0, "F16": 1, "Q4_0": 2, "Q8_0": 7, "BF16": 32}


def noise(seed: int, size: float = 0.3, only: str = "") -> Change:
    """Add noise of this relative size to the matrices whose name contains a text."""

    def change(name: str, values: Floats) -> Floats:
        if values.ndim < 2 or only not in name:
            return values
        drawn = np.random.default_rng([seed, zlib.crc32(name.encode())])
        scale = np.float32(size * values.std())
        return values + scale * drawn.standard_normal(values.shape, np.float32)

    return change


def nothing(_: str, values: Floats) -> Floats:
    """Change nothing."""
    return values


def write_sibling(
    path: Path,
    change: Change = nothing,
    *,
    kind: str = "Q8_0",
    source: Path = SMALL,
    metadata: Mapping[str, Any] | None = None,
    layers: int | None = None,
    without: str = "-",
    extra: Mapping[str, Floats] | None = None,
) -> Path:
    """Write a sibling of a model: other values, type, metadata or number of layers.

    Layers beyond the source's repeat its last one; `without` leaves tensors of that name out, and
    `extra` adds some. A value of None takes a key away.
    """
    reader = gguf.GGUFReader(source)
    fields = {name: field for name, field in reader.fields.items() if "GGUF." not in name}
    own: dict[str, Any] = {"general.file_type": _FILE_TYPES[kind]}
    if layers is not None:
        own["llama.block_count"] = layers
    own |= metadata or {}
    writer = gguf.GGUFWriter(path, str(own.get("general.architecture", "llama")))
    for name, field in fields.items():
        value = own.pop(name, field.contents())
        if name != "general.architecture" and value is not None:
            element = field.types[-1] if field.types[0] is ValueType.ARRAY else None
            writer.add_key_value(name, value, field.types[0], element)
    own.pop("general.architecture", None)
    for name, value in own.items():
        text = isinstance(value, str)
        writer.add_key_value(name, value, ValueType.STRING if text else ValueType.UINT32)
    for name, values in (_values(reader, layers) | dict(extra or {})).items():
        if without not in name:
            changed = change(name, values)
            stored = TensorType[kind] if changed.ndim > 1 else TensorType.F32
            writer.add_tensor(name, gguf.quants.quantize(changed, stored), raw_dtype=stored)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _values(reader: gguf.GGUFReader, layers: int | None) -> dict[str, Floats]:
    values = {t.name: gguf.quants.dequantize(t.data, t.tensor_type) for t in reader.tensors}
    if layers is None:
        return values
    last = max(int(name.split(".")[1]) for name in values if name.startswith("blk."))
    kept = {name: each for name, each in values.items() if not name.startswith("blk.")}
    for layer in range(layers):
        prefix = f"blk.{min(layer, last)}."
        for name, each in values.items():
            if name.startswith(prefix):
                kept[f"blk.{layer}." + name.removeprefix(prefix)] = each
    return kept


def stored(path: Path) -> dict[str, tuple[str, bytes]]:
    """Return the type and the bytes of every tensor of a file."""
    return {
        tensor.name: (tensor.tensor_type.name, tensor.data.tobytes())
        for tensor in gguf.GGUFReader(path).tensors
    }


def values_of(path: Path) -> dict[str, Floats]:
    """Return the values of every tensor of a file."""
    return _values(gguf.GGUFReader(path), None)


def metadata_of(path: Path) -> dict[str, Any]:
    """Return what a file says of itself."""
    return {name: field.contents() for name, field in gguf.GGUFReader(path).fields.items()}


def run(*arguments: object) -> Result:
    """Run `coterie models …`."""
    return CliRunner().invoke(app, ["models", *map(str, arguments)])


def make(*arguments: object) -> None:
    """Run `coterie models …`, which must work."""
    result = run(*arguments)
    assert result.exit_code == 0, result.output
