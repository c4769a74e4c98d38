"""The user's folder of model files, and what was found out about each when it was put there.

Opening a large file takes seconds, so it is done once: `kept.json` in the folder remembers the hash
and the kind of each file for as long as its size and time of change stay the same.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from ensemble.models.model_catalog import model_with_file
from ensemble.user_data import data_folder

_RECORD = "kept.json"


class KeptModel(msgspec.Struct, frozen=True):
    """What is known of a file in the user's folder."""

    file: str
    """Its name in the folder."""
    bytes: int
    """Its size."""
    sha256: str
    """Its checksum; "" if nobody has computed it."""
    fim: str
    """The order of the fill-in-the-middle pieces."""
    modified_ns: int = 0
    """When the file was last changed, in nanoseconds of Unix time."""

    @property
    def path(self) -> Path:
        return user_models_folder() / self.file


def user_models_folder() -> Path:
    """Return the folder in which a user keeps model files. It need not exist."""
    return data_folder() / "models"


def user_model_files() -> tuple[Path, ...]:
    """Return the GGUF files in the user's folder."""
    folder = user_models_folder()
    try:
        return tuple(sorted(folder.glob("*.gguf"))) if folder.is_dir() else ()
    except OSError:
        return ()


def kept_models() -> tuple[KeptModel, ...]:
    """Return the files in the user's folder that can complete, as far as that is known without
    opening them: those that were pulled or added, and those that have the name and the size of a
    file of the catalog."""
    record = _record()
    found = (_kept(file, record) for file in user_model_files())
    return tuple(model for model in found if model is not None and model.fim)


def kept_hash(file: Path) -> str:
    """Return the checksum that was computed when the file was put into the user's folder, "" if
    none was, or the file has changed since."""
    if file.parent != user_models_folder():
        return ""
    model = _kept(file, _record())
    return model.sha256 if model else ""


def remember(file: Path, sha256: str, fim: str) -> None:
    """Note what was found out about a file in the user's folder; files that have gone are
    forgotten. Raises OSError."""
    facts = file.stat()
    model = KeptModel(file.name, facts.st_size, sha256, fim, facts.st_mtime_ns)
    _write({**_record(), file.name: model})


def forget(file: Path) -> None:
    """Forget a file. Raises OSError."""
    _write({name: model for name, model in _record().items() if name != file.name})


def _kept(file: Path, record: dict[str, KeptModel]) -> KeptModel | None:
    try:
        facts = file.stat()
    except OSError:
        # It was removed meanwhile, or is a link to what has gone.
        return None
    known = record.get(file.name)
    if known and (known.bytes, known.modified_ns) == (facts.st_size, facts.st_mtime_ns):
        return known
    expected = model_with_file(file.name)
    if expected and expected.bytes == facts.st_size:
        return KeptModel(file.name, facts.st_size, "", expected.fim, facts.st_mtime_ns)
    return None


def _record() -> dict[str, KeptModel]:
    try:
        content = (user_models_folder() / _RECORD).read_bytes()
        return msgspec.json.decode(content, type=dict[str, KeptModel])
    except (OSError, msgspec.DecodeError):
        return {}


def _write(record: dict[str, KeptModel]) -> None:
    folder = user_models_folder()
    present = {name: model for name, model in record.items() if (folder / name).exists()}
    part = folder / f"{_RECORD}.part"
    part.write_bytes(msgspec.json.format(msgspec.json.encode(present)))
    part.replace(folder / _RECORD)
