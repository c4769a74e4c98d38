"""What a prompt may hold of other documents: never what is in them no longer."""

from __future__ import annotations

from pathlib import Path

import pytest

from lsp_server.documents.document import Document, Edit, Place
from lsp_server.documents.recent_edits import RecentEdits
from lsp_server.settings.folders import Folders

KEY = 'TOKEN = "tok-THIS-WAS-HERE"\n'
TEXT = f"import os\n{KEY}\n\ndef old_total(rows):\n    return sum(rows)\n"
OTHER = "from orders import old_total\n\n\ndef report(rows):\n    return old_total(rows)\n"


class Desk:
    """Two open documents whose files exist, and the snippets that are kept of them."""

    def __init__(self, folder: Path, name: str = "orders.py") -> None:
        self.recent = RecentEdits(Folders())
        self.orders = self._open(folder / name, TEXT)
        self.other = self._open(folder / "report.py", OTHER)

    def _open(self, file: Path, text: str) -> Document:
        file.write_text(text)
        document = Document(file.as_uri(), text, language="python", version=1)
        self.recent.opened(document)
        return document

    def edit(self, *edits: Edit) -> None:
        self.orders.apply(edits, self.orders.version + 1)
        self.recent.edited(self.orders, edits)

    def save(self) -> None:
        assert self.orders.file is not None
        self.orders.file.write_text(self.orders.text)
        self.recent.visited(self.orders)

    def seen(self, document: Document) -> str:
        return "".join(chunk.text for chunk in self.recent.beside(document))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def without_key() -> Edit:
    return Edit("", Place(1, 0), Place(2, 0))


def test_snippets_are_of_other_documents(desk: Desk) -> None:
    assert KEY in desk.seen(desk.other) and "report" not in desk.seen(desk.other)
    assert "report" in desk.seen(desk.orders) and KEY not in desk.seen(desk.orders)


@pytest.mark.parametrize("steps", ["edit", "edit save", "edit close", "edit save close"])
def test_a_deleted_line_is_gone(desk: Desk, steps: str) -> None:
    desk.edit(without_key())
    if "save" in steps:
        desk.save()
    if "close" in steps:
        desk.recent.closed(desk.orders)
    assert "tok-" not in desk.seen(desk.other)
    # What was never saved is in no file when the document is closed.
    assert ("old_total" in desk.seen(desk.other).replace(OTHER, "")) is (steps != "edit close")


def test_what_takes_its_place_is_seen(desk: Desk) -> None:
    desk.edit(Edit("", Place(1, 0), Place(6, 0)), Edit("def total(): ...\n", Place(1, 0)))
    assert desk.seen(desk.other).startswith("import os\ndef total(): ...")
    assert "old_total(rows):" not in desk.seen(desk.other)


def test_another_client_sends_everything(desk: Desk) -> None:
    desk.edit(Edit("import os\n"))
    assert "tok-" not in desk.seen(desk.other)


def test_a_line_above_moves_nothing_out(desk: Desk) -> None:
    desk.edit(Edit("import re\n", Place(0, 0)))
    assert KEY in desk.seen(desk.other)


@pytest.mark.parametrize("is_open", [True, False])
def test_a_deleted_file_is_gone(desk: Desk, is_open: bool) -> None:
    if not is_open:
        desk.recent.closed(desk.orders)
    assert KEY in desk.seen(desk.other)
    assert desk.orders.file is not None
    desk.orders.file.unlink()
    assert "tok-" not in desk.seen(desk.other)


def test_a_closed_file_is_changed_by_others(desk: Desk) -> None:
    desk.recent.closed(desk.orders)
    assert KEY in desk.seen(desk.other)
    assert desk.orders.file is not None
    desk.orders.file.write_text("import os\n")
    assert "tok-" not in desk.seen(desk.other)


def test_a_document_is_opened_anew(desk: Desk) -> None:
    desk.recent.closed(desk.orders)
    assert desk.orders.file is not None
    text = TEXT.replace(KEY, "")
    desk.orders.file.write_text(text)
    desk.recent.opened(Document(desk.orders.uri, text, language="python", version=1))
    assert "tok-" not in desk.seen(desk.other)


def test_windows_line_ends(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.edit(Edit(TEXT.replace("\n", "\r\n")))
    assert KEY in desk.seen(desk.other)
