"""The surroundings of a file named on the command line: its workspace and the settings there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lsp_server.settings.layers import Settings, load_file, load_workspace_file

_MARKERS = (".git", ".hg", "pyproject.toml", "package.json", "Cargo.toml", "go.mod")


@dataclass(frozen=True, slots=True)
class Project:
    """A file's workspace: the nearest folder above it that looks like a project's, or its own
    folder, in which case `repository` is ""."""

    root: Path
    repository: str

    @classmethod
    def of(cls, file: Path) -> Project:
        folder = file.absolute().parent
        for candidate in (folder, *folder.parents):
            if any((candidate / marker).exists() for marker in _MARKERS):
                return cls(candidate, candidate.name)
        return cls(folder, "")

    def settings(self) -> Settings:
        """Return the user's settings, tightened by this workspace's."""
        return load_workspace_file(load_file(), self.root)
