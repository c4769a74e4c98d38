"""Starts editors, with the settings and the server that a test asks for."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from tests.neovim.editor import NVIM, Editor, lua_value, plugin_snippet, readme_snippet
from tests.processes import outliving

StartEditor = Callable[..., Editor]

PATIENT = {
    "deadline": {"automatic": "60 s", "invoked": "60 s"},
    "suggest": {"minimum_agreement": 0.0},
    "host": {"idle_exit": 0},
}
"""Settings for tests: whatever a model says is shown, however slow the machine is."""


@pytest.fixture
def start_editor(tmp_path: Path) -> Iterator[StartEditor]:
    """A function that starts Neovim with the README's lines; all its editors end with the test."""
    with editors_in(tmp_path) as start:
        yield start


@contextlib.contextmanager
def editors_in(directory: Path) -> Iterator[StartEditor]:
    """A function that starts Neovim, with the README's lines or with the plugin's `setup`.

    Afterwards nothing that an editor started may be alive, its server and models included.
    """
    assert NVIM.exists(), "no Neovim: `make test` brings one, or tests/neovim/get-neovim"
    mark = ("COTERIE_TEST_EDITOR", str(uuid.uuid4()))

    with contextlib.ExitStack() as editors:

        def start(
            settings: Mapping[str, object] = PATIENT,
            server: Sequence[str] | None = None,
            *,
            plugin: bool = False,
            before: str = "",
        ) -> Editor:
            changes: dict[str, object] = {"init_options": settings}
            if server is not None:
                changes["cmd"] = list(server)
            lua = plugin_snippet() if plugin else readme_snippet()
            lua = f"{before}\n{lua}\nvim.lsp.config('coterie', {lua_value(changes)})"
            editor = Editor(directory, lua, dict([mark]))
            editors.callback(editor.close)
            return editor

        yield start
    assert outliving("=".join(mark)) == []
