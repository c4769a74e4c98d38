"""Random typing, accepting, undoing and switching: the server's documents stay the editor's.

python -m tests.neovim.storm SECONDS [SEED]
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.neovim.cast import server_with
from tests.neovim.conftest import PATIENT, StartEditor, editors_in

CAST = {
    "small": {"otherwise": [" = value + 1", " = value + 1", "(more)\n    and more"], "delay": 0.02},
    "large": {"otherwise": ["😀 something else", " = value + 2"], "delay": 0.3},
}
SETTINGS = {**PATIENT, "deadline": {"automatic": "100 ms", "invoked": "1 s"}}
FILES = {
    "a.py": 'def größe(liste):\n    """Zählt 😀."""\n    return len(liste)\n',
    "b.txt": "one: 1\r\ntwo: 2\r\nthree: 3\r\n",
}
TEXTS = (
    "x", "value", "😀", "e\u0301", "(", "()<Left>", '"', "# end", "if x:", "日本語", "[1, {",
    "\u2028", "<CR>", "<CR>", " ", " ", "=", " = ", "va",
)  # fmt: skip
ON_SUGGESTIONS = {
    "accepted": ("<Tab>",),
    "accepted in part": ("<M-Right>", "<M-Down>"),
    "cycled": ("<M-]>", "<M-[>"),
    "dismissed": ("<C-]>",),
    "typed into": (" ", " =", "(m", "😀"),
}
WHILE_TYPING = {
    "asked expressly": ("<M-Bslash>",),
    "undone while typing": ("<Cmd>silent! undo<CR>",),
    "erased": ("<BS>", "<Del>", "<C-w>", "<C-u>"),
    "moved": ("<Left>", "<Right>", "<Up>", "<Down>", "<Home>", "<End>"),
}
OTHERWISE = {
    "undone": ("u", "2u"),
    "redone": ("<C-r>", "<C-r>"),
    "changed": ("dd", "yyp", "x", "J", "dw", "D", ">>", "~", ":silent! 2,3move 0<CR>", "ggdG"),
    "moved": ("gg", "G", "0", "$", "w", "b", "j", "k"),
}
MOST_CHARACTERS = 4000
"""A document beyond that is cleared: otherwise it would grow for ever."""

PREPARATION = """
vim.lsp.config('coterie', { filetypes = { 'python', 'text' } })
_G.notices = {}
vim.notify = function(text, level)
  if level and level >= vim.log.levels.WARN then table.insert(_G.notices, text) end
end
"""


class Storm:
    """Presses random keys in an editor and compares its documents with the server's."""

    def __init__(self, start_editor: StartEditor, directory: Path, seed: int) -> None:
        self._chance = random.Random(seed)
        server = server_with(directory, CAST)
        self.editor = start_editor(SETTINGS, server, plugin=True, before=PREPARATION)
        self.editor.command("set fileformats=unix,dos hidden")
        for name, text in FILES.items():
            self.editor.open(name, text)
        self.seen: Counter[str] = Counter()

    def run(self, goes_on: Callable[[int], bool]) -> None:
        """Press keys as long as `goes_on` says so of their number; then and at times compare."""
        number = 0
        while goes_on(number):
            number += 1
            self._press_something()
            if self._chance.random() < 0.12:
                self._look()
            if number % 25 == 0:
                self._compare()
        for _ in FILES:
            self._switch()
        self.seen["keys"] = number
        notices = self.editor.lua("return _G.notices")
        assert notices == [], notices
        assert "rror" not in self.editor.messages, self.editor.messages
        assert self.editor.lua("return #vim.lsp.get_clients()") == 1

    def _press_something(self) -> None:
        choose, typing = self._chance.choice, self.editor.mode.startswith("i")
        draw = self._chance.random()
        if draw < 0.03:
            self._switch()
        elif draw < (0.08 if typing else 0.5):
            self.editor.keys("<Esc>" if typing else choose("iaoOAI"))
        elif typing and self.editor.ghost() and draw < 0.8:
            self._press_one_of(ON_SUGGESTIONS)
        elif typing and draw < 0.7:
            self.editor.press(choose(TEXTS))
        else:
            self._press_one_of(WHILE_TYPING if typing else OTHERWISE)

    def _press_one_of(self, keys: Mapping[str, Sequence[str]]) -> None:
        kind = self._chance.choice(list(keys))
        self.editor.keys(self._chance.choice(keys[kind]))
        self.seen[kind] += 1

    def _look(self) -> None:
        """Wait for a suggestion, which need not come; Neovim asks 200 ms after the last key."""
        if self.editor.mode.startswith("i"):
            self.editor.wait_at_most(0.5, self.editor.ghost)
            self.seen["suggestions seen"] += self.editor.ghost() != ""

    def _switch(self) -> None:
        """Go to any document, once the one that is left has been compared."""
        self._compare()
        self.editor.keys(f"<Esc>:buffer {self._chance.choice(list(FILES))}<CR>")
        self.seen["switched"] += 1

    def _compare(self) -> None:
        assert self.editor.documents_agree(), self.editor.situation()
        self.seen["comparisons"] += 1
        if len(self.editor.text) > MOST_CHARACTERS:
            self.editor.keys("<Esc>ggdG")


def main(seconds: float, seed: int = 1) -> int:
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as name, editors_in(Path(name)) as start_editor:
        # Nothing is to be learned from random keys.
        os.environ["XDG_DATA_HOME"] = str(Path(name, "data"))
        storm = Storm(start_editor, Path(name), seed)
        storm.run(lambda _: time.monotonic() < end)
        print(f"{seconds:.0f} s, seed {seed}: all documents equal, no error, no warning")
        for what, count in storm.seen.most_common():
            print(f"{count:8} {what}")
    print("no process is left")
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), *map(int, sys.argv[2:])))
