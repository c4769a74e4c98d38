"""Workspace folders: which settings, and which rules about files, hold for a document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from code_checks.hole import Hole
from ensemble.file_rules import FileRules
from lsp_server.settings.consent import refusal as unwanted
from lsp_server.settings.layers import (
    Settings,
    load_file,
    load_workspace_file,
    with_client_options,
    with_workspace,
)
from lsp_server.settings.project import Project


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with its settings."""

    path: Path | None
    """None for documents that are not files."""
    settings: Settings
    rules: FileRules | None
    """Which of its files may be completed and read; None for documents that are not files."""

    def relative(self, file: Path | None) -> str:
        """Return a file's path within the folder, with slashes; its name if it lies elsewhere."""
        if file is None:
            return ""
        if self.path is not None and file.is_relative_to(self.path):
            return file.relative_to(self.path).as_posix()
        return file.name

    def refusal(self, file: Path | None, hole: Hole) -> str:
        """Return the reason for which nothing may be asked about a hole in a file, or ""."""
        hidden = self.rules.refusal(file) if file is not None and self.rules is not None else ""
        return hidden or unwanted(self.settings, hole)


class Folders:
    """The settings in force, for the user and for each folder.

    `base` is what the user's file and the client's options say. A folder may only tighten it, by
    its own file and by what the client says of it.
    """

    def __init__(self) -> None:
        self.base = Settings()
        self._client_options: object = None
        self._paths: dict[str, Path] = {}
        self._options: dict[str | None, Mapping[str, object]] = {}
        self._folders: dict[Path | None, Folder] = {}

    @property
    def uris(self) -> list[str]:
        """The workspace folders, as the client names them."""
        return list(self._paths)

    @property
    def messages(self) -> tuple[str, ...]:
        """What was wrong with the settings of the user and of the folders, each once."""
        folders = (self._folder(path) for path in (None, *self._paths.values()))
        messages = [*self.base.messages]
        for folder in folders:
            messages.extend(folder.settings.messages)
        return tuple(dict.fromkeys(messages))

    def start(self, client_options: object, folders: Iterable[tuple[str, Path]]) -> None:
        """Take what the client said at `initialize`."""
        section = client_options.get("coterie") if isinstance(client_options, Mapping) else None
        self._client_options = client_options if section is None else section
        self._paths = dict(folders)
        self.reload()

    def reload(self) -> None:
        """Read the settings files again."""
        self.base = with_client_options(load_file(), self._client_options)
        self._folders.clear()

    def change(self, added: Iterable[tuple[str, Path]], removed: Iterable[str]) -> None:
        """Take a change of the workspace's folders."""
        for uri in removed:
            self._paths.pop(uri, None)
            self._options.pop(uri, None)
        self._paths.update(added)
        self._folders.clear()

    def take_options(self, options: Mapping[str | None, object]) -> None:
        """Take what the client says of each folder; under None of all of them."""
        self._options = {
            uri: _unlike(self._client_options, value)
            for uri, value in options.items()
            if isinstance(value, Mapping)
        }
        self._folders.clear()

    def of(self, file: Path | None) -> Folder:
        """Return the innermost folder that holds a file. A file outside all of them has the folder
        of its project."""
        if file is None:
            return self._folder(None)
        holding = [path for path in self._paths.values() if file.is_relative_to(path)]
        if holding:
            return self._folder(max(holding, key=lambda path: len(path.parts)))
        known = self._folders.get(file.parent)
        return known or self._folder(Project.of(file).root, known_as=file.parent)

    def _folder(self, path: Path | None, known_as: Path | None = None) -> Folder:
        key = known_as or path
        if key not in self._folders:
            settings = self._settings(path)
            rules = _rules(path, settings) if path else None
            self._folders[key] = Folder(path, settings, rules)
        return self._folders[key]

    def _settings(self, path: Path | None) -> Settings:
        settings = load_workspace_file(self.base, path) if path else self.base
        uris = [None, *(uri for uri, folder in self._paths.items() if folder == path)]
        for uri in uris:
            settings = with_workspace(settings, self._options.get(uri, {}))
        return settings


def _rules(path: Path, settings: Settings) -> FileRules:
    return FileRules(path, exclude=settings.exclude, secrets=settings.secrets)


def _unlike(known: object, options: Mapping[str, object]) -> dict[str, object]:
    """Return the options without those that the client had said of itself at `initialize`.

    Many clients send one and the same section both times; a folder does not loosen what it repeats.
    """
    if not isinstance(known, Mapping):
        return dict(options)
    different = {name: value for name, value in options.items() if known.get(name) != value}
    return {
        name: _unlike(known.get(name), value) if isinstance(value, Mapping) else value
        for name, value in different.items()
    }
