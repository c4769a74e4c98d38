"""Files that are being put together: `NAME.part` beside the place where the whole will stand."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ensemble.errors import ModelFileError, WrongContent
from ensemble.models.kept_models import remember, user_models_folder
from ensemble.models.model_catalog import CatalogModel, model_with_hash

OnProgress = Callable[[str, int, int], None]
"""Is told what is being done, and how many bytes of how many are done."""

_BLOCK = 1 << 22
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def folder_for_writing() -> Iterator[Path]:
    """Give the user's folder to one process at a time; make it if there is none.

    Raises ModelFileError for whatever the file system refuses, and if another process has it.
    """
    folder = user_models_folder()
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise ModelFileError(
                f"another coterie command is at work in {folder}. Wait until it is done."
            ) from None
        try:
            yield folder
        finally:
            lock.release()


@contextmanager
def explained(place: Path) -> Iterator[None]:
    """Turn what the file system refuses at a place into ModelFileError, with the remedy."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise ModelFileError(
                f"{place}: no space is left. Make room and type the same command again; it goes on "
                "where it stopped."
            ) from error
        raise ModelFileError(
            f"{error.filename or place}: {error.strerror or error}. Correct its permissions, or "
            "choose another place with XDG_DATA_HOME."
        ) from error


def part_of(target: Path) -> Path:
    """Return where the file is put together that will be `target`."""
    return target.with_name(f"{target.name}.part")


def require_room(folder: Path, needed: int) -> None:
    """Raise ModelFileError if the file system has not so many bytes free."""
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise ModelFileError(
            f"{folder}: {needed / 1e9:.2f} GB are needed and {free / 1e9:.2f} GB are free. Make "
            "room, or choose another place with XDG_DATA_HOME."
        )


def hash_of(file: Path, on_progress: OnProgress | None = None) -> str:
    """Return a file's SHA-256 in hexadecimal. Raises OSError."""
    digest, total = hashlib.sha256(), file.stat().st_size
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
            if on_progress:
                on_progress("comparing", stream.tell(), total)
    return digest.hexdigest()


def link_or_copy(file: Path, part: Path, on_progress: OnProgress) -> str:
    """Make a part file out of a file of this machine; say whether it is "linked" or "copied".

    Raises ModelFileError if there is no room for a copy, and OSError.
    """
    part.unlink(missing_ok=True)
    try:
        os.link(file.resolve(), part)
    except OSError:
        # Another file system, one without links, or somebody else's file.
        total = file.stat().st_size
        require_room(part.parent, total)
        with file.open("rb") as source, part.open("wb") as copy:
            while block := source.read(_BLOCK):
                copy.write(block)
                on_progress(f"copying {file.name}", copy.tell(), total)
        return "copied"
    return "linked"


def settle(target: Path, model: CatalogModel, on_progress: OnProgress) -> None:
    """Give a complete part file its name, if it is the catalog's file.

    Raises WrongContent if it is not, after which it is gone, and OSError.
    """
    part = part_of(target)
    found = hash_of(part, on_progress)
    if found != model.sha256:
        part.unlink()
        other = model_with_hash(found)
        what = f"is {other.name}" if other else f"has the hash {found[:16]}…"
        raise WrongContent(f"what came {what}, not {model.sha256[:16]}… as the catalog says")
    part.replace(target)
    remember(target, found, model.fim)
