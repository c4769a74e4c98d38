"""A real Neovim without a screen, set up as the README says, for the tests to type into."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pynvim

ROOT = Path(__file__).resolve().parents[2]
NVIM = ROOT / ".tools/neovim/nvim"
NAMESPACE = "nvim.lsp.inline_completion"
PATIENCE_S = 30.0
"""How long to wait for what must happen: a limit for broken code, not a measurement."""

Seen = TypeVar("Seen")


def readme_snippet() -> str:
    """Return the README's lines for init.lua, so that what users copy is what is tested."""
    found = re.search(r"^```lua\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    assert found, "README.md has no Lua"
    return found[1]


def plugin_snippet() -> str:
    """Return what editors/README.md gives for init.lua, with the plugin in this folder."""
    text = (ROOT / "editors/README.md").read_text()
    found = re.search(r"^```lua\n(.*?)^```", text, re.M | re.S)
    assert found, "editors/README.md has no Lua"
    return found[1].replace("/path/to/coterie", str(ROOT))


class Editor:
    """Neovim in a process of its own, from a clean profile plus the given Lua."""

    def __init__(self, directory: Path, lua: str, environment: Mapping[str, str]) -> None:
        profile = directory / "init.lua"
        profile.write_text(f"{(ROOT / 'tests/neovim/record.lua').read_text()}\n{lua}\n")
        command = [str(NVIM), "--embed", "--headless", "--clean", "-n", "-u", str(profile)]
        # The command `coterie` is found as users find it, on PATH.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        names = {"PATH": path, "XDG_STATE_HOME": str(directory / "state"), **environment}
        assignments = [f"{name}={value}" for name, value in names.items()]
        self.directory = directory
        self._nvim = pynvim.attach("child", argv=["/usr/bin/env", *assignments, *command])
        self.pid = int(self._nvim.funcs.getpid())

    def lua(self, code: str, *arguments: object) -> Any:
        """Run Lua in the editor and return its result."""
        return self._nvim.exec_lua(code, *arguments)

    def command(self, text: str) -> None:
        """Run an Ex command."""
        self._nvim.command(text)

    def open(self, name: str, text: str) -> None:
        """Write a file into the test's directory, open it and wait for the server to attach."""
        path = self.directory / name
        path.write_bytes(text.encode())
        self.command(f"edit {path}")
        self.wait_for(lambda: self.lua("return #vim.lsp.get_clients({ bufnr = 0 })"))
        self.wait_for(lambda: self.lua("return vim.lsp.get_clients({ bufnr = 0 })[1].initialized"))

    def keys(self, keys: str) -> None:
        """Press keys, in Neovim's notation, and return when the editor has handled them."""
        self._nvim.feedkeys(self._nvim.replace_termcodes(keys, True, True, True), "mt", False)
        self._nvim.eval("1")

    def press(self, keys: str) -> None:
        """Press keys as a terminal would send them; the editor handles them when it gets there."""
        self._nvim.input(keys)

    @property
    def mode(self) -> str:
        return str(self._nvim.api.get_mode()["mode"])

    @property
    def text(self) -> str:
        """The buffer's lines, joined by line feeds."""
        return "\n".join(self._nvim.current.buffer[:])

    @property
    def line_head(self) -> str:
        """What stands before the cursor on its line."""
        line: str = self._nvim.current.line
        return line.encode()[: self._nvim.current.window.cursor[1]].decode()

    def ghost(self) -> str:
        """Return the text that is shown but not in the buffer, "" if there is none."""
        lines = []
        for *_, details in self._ghost_marks():
            for chunks in [details.get("virt_text", []), *details.get("virt_lines", [])]:
                lines.append("".join(text for text, _ in chunks))
        return "\n".join(lines)

    def ghost_column(self) -> int:
        """Return the byte of its line at which the shown text begins."""
        return int(self._ghost_marks()[0][2])

    def _ghost_marks(self) -> list[Any]:
        return list(self.lua(
            "local namespace = vim.api.nvim_create_namespace(...)\n"
            "return vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true })",
            NAMESPACE,
        ))  # fmt: skip

    def answers(self) -> list[dict[str, Any]]:
        """Return what the server answered so far, in order; see record.lua."""
        return list(self.lua("return _G.coterie_test.answers"))

    def requests_sent(self) -> int:
        return int(self.lua("return _G.coterie_test.sent"))

    def has_asked_since(self, number: int) -> bool:
        """Say whether more requests than that have been sent."""
        return self.requests_sent() > number

    def has_been_answered_since(self, number: int) -> bool:
        """Say whether a request after that many has been answered."""
        return any(answer["number"] > number for answer in self.answers())

    @property
    def uri(self) -> str:
        """The open document, as the protocol names it."""
        return str(self.lua("return vim.uri_from_bufnr(0)"))

    def accept(self) -> None:
        """Accept what is shown."""
        assert self.lua("return vim.lsp.inline_completion.get()"), "nothing to accept"

    def wait_for(self, look: Callable[[], Seen]) -> Seen:
        """Return what `look` sees as soon as that is true. Fails when patience is at its end."""
        deadline = time.monotonic() + PATIENCE_S
        while not (seen := look()):
            assert time.monotonic() < deadline, f"it did not happen; {self.situation()}"
            time.sleep(0.02)
        return seen

    def wait_at_most(self, seconds: float, look: Callable[[], object]) -> None:
        """Return as soon as `look` sees something, or when the time is up: it need not happen."""
        deadline = time.monotonic() + seconds
        while not look() and time.monotonic() < deadline:
            time.sleep(0.02)

    def wait_to_see(self, expected: Seen, look: Callable[[], Seen]) -> None:
        """Return as soon as `look` sees what is expected; fail with what it sees instead."""
        deadline = time.monotonic() + PATIENCE_S
        while (seen := look()) != expected and time.monotonic() < deadline:
            time.sleep(0.02)
        assert seen == expected, f"seen: {seen!r}, expected: {expected!r}; {self.situation()}"

    def situation(self) -> str:
        """Describe the editor for a failed test."""
        messages = self.messages[-1500:]
        log = self.directory / "state/nvim/lsp.log"
        said = log.read_text()[-3000:] if log.exists() else ""
        return f"mode {self.mode}, text {self.text!r}, messages {messages!r}, LSP log:\n{said}"

    @property
    def messages(self) -> str:
        """What the editor has said in its message area."""
        return str(self._nvim.command_output("messages"))

    def server_answer(self, command: str, *arguments: object) -> Any:
        """Send workspace/executeCommand and return its result."""
        return self.lua(
            "local client = vim.lsp.get_clients({ bufnr = 0 })[1]\n"
            # The buffer's number, not 0: only then Neovim sends the changes that it holds back.
            "local reply, failure = client:request_sync('workspace/executeCommand',\n"
            "  { command = select(1, ...), arguments = { select(2, ...) } }, 20000,\n"
            "  vim.api.nvim_get_current_buf())\n"
            "assert(reply and not reply.err, failure or vim.inspect(reply))\n"
            "return reply.result",
            command, *arguments,
        )  # fmt: skip

    def documents_agree(self) -> bool:
        """Compare the server's document with the file as the editor would write it."""
        # One call: whatever was pressed and not yet handled must not come between the two.
        theirs, lines, ends = self.lua(
            "local buffer = vim.api.nvim_get_current_buf()\n"
            "local lines = vim.api.nvim_buf_get_lines(buffer, 0, -1, true)\n"
            "local client = vim.lsp.get_clients({ bufnr = buffer })[1]\n"
            "local reply, failure = client:request_sync('workspace/executeCommand',\n"
            "  { command = 'coterie.documentHash', arguments = { ... } }, 20000, buffer)\n"
            "assert(reply and not reply.err, failure or vim.inspect(reply))\n"
            "return { reply.result.sha256, lines, vim.bo.fileformat .. vim.fn.string(vim.bo.eol) }",
            self.uri,
        )
        end = {"u": "\n", "d": "\r\n", "m": "\r"}[ends[0]]
        text = end.join(lines) + (end if ends.endswith("true") else "")
        return bool(hashlib.sha256(text.encode()).hexdigest() == theirs)

    def kill(self) -> None:
        """End the editor as a crash would."""
        os.kill(self.pid, 9)

    def close(self) -> None:
        """End the editor, politely if it still lives."""
        # It hangs up while it answers, or has been killed.
        with contextlib.suppress(OSError, EOFError, pynvim.NvimError):
            self._nvim.command("qall!")
        self._nvim.close()


def lua_value(value: object) -> str:
    """Write plain data as a Lua expression, by way of JSON."""
    return f"vim.json.decode([==[{json.dumps(value)}]==])"
