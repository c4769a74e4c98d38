"""Which file a document is, by its URI, and which file's settings hold for it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pygls.uris import to_fs_path


def file_of(uri: str) -> Path | None:
    """Return the file of a URI, or None for a document that is not (yet) a file."""
    path = to_fs_path(uri) if uri.startswith("file:") else None
    return Path(path) if path else None


def governing_file_of(uri: str) -> Path | None:
    """Return the path whose settings and secrecy hold for a document, whether or not it is a file:
    a cell has those of its notebook, an unsaved document those of where it is to be saved.

    None for a document that has no place yet.
    """
    if uri.startswith("file:"):
        return file_of(uri)
    path = urlsplit(uri).path
    return file_of(f"file://{path}") if path.startswith("/") else None
