"""Readable JSON files that another version of Coterie may meet: each says what version it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class VersionedJson(Generic[T]):
    """One kind of file: how it is written, and what is refused when it is read."""

    content: type[T]
    """What the file holds, the fields of `versions` included."""
    noun: str
    """What people call it."""
    versions: Mapping[str, int]
    """The fields that hold a version, `version` for the file's own and `x_version` for that of its
    x, with the one version of each that is understood."""
    remedy: str
    """What helps where a file is refused."""
    refusal: type[Exception]
    """What is then raised: one line that names the file, the reason and the remedy."""
    format: str = ""
    """What the field `format` says; "" for a kind of file without it."""

    def read(self, file: Path) -> T:
        """Return what a file holds. Raises `refusal` for what is broken, of another version or
        something else, and OSError for a file that cannot be read."""
        data = file.read_bytes()
        try:
            head = msgspec.json.decode(data, type=dict[str, Any])
            self._check(file, head)
            return msgspec.json.decode(data, type=self.content)
        except msgspec.MsgspecError as error:
            raise self.refusal(f"{file} is broken: {error}; {self.remedy}") from error

    def write(self, content: T, file: Path) -> None:
        """Write a file so that a reader sees the old one or the new one; its folder is made if need
        be. Raises OSError."""
        file.parent.mkdir(parents=True, exist_ok=True)
        text = msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"
        if file.exists() and not file.is_file():
            file.write_bytes(text)  # A device or a pipe is written to, not replaced.
            return
        part = file.with_name(f"{file.name}.part")
        part.write_bytes(text)
        part.replace(file)

    def _check(self, file: Path, head: Mapping[str, Any]) -> None:
        if self.format and head.get("format") != self.format:
            raise self.refusal(f"{file} holds no {self.noun}; {self.remedy}")
        for name, known in self.versions.items():
            version = msgspec.convert(head.get(name, 0), int)
            if version != known:
                what = "format" if name == "version" else name.removesuffix("_version")
                age = "newer" if version > known else "older"
                raise self.refusal(
                    f"{file}: the version of its {what} is {version}, {age} than this Coterie's "
                    f"{known}; {self.remedy}"
                )
