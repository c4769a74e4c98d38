"""The commands of code actions: what they print, what they write, and how they end."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
import pytest

from ensemble.engines.engine import Engine
from ensemble.engines.scripted import Script, ScriptedEngine
from ensemble.errors import EngineUnavailable
from lsp_server.commands.code_actions.order import OrderOptions, order
from lsp_server.commands.command_errors import CommandError
from lsp_server.commands.completion.cli_request import EngineBuilder
from lsp_server.settings.layers import Settings
from tests.lsp_server.commands.completion.test_answers import Step, Tokens

DOUBLE = '''\
def double(number):
    """Return twice a number.

    >>> double(2)
    4
    >>> double(5)
    10
    """
'''
STUB = f"{DOUBLE}    ...\n"
WRITTEN = f"{DOUBLE}    return number + 2\n"
BROKEN = "def double(number:\n    return 2 * number\n"
BARE = "def double(number):\n    return 2 * number\n"

JUDGED = pytest.mark.needs("sandbox")


class Change(msgspec.Struct, forbid_unknown_fields=True):
    start: int
    end: int
    text: str


class FileText(msgspec.Struct, forbid_unknown_fields=True):
    path: str
    text: str


class Contract(msgspec.Struct, forbid_unknown_fields=True):
    """The one JSON document that scripts rely on, with every field required."""

    done: bool
    title: str
    detail: str
    diff: str
    changes: list[Change]
    files: list[FileText]
    written: bool
    trace: list[Step]
    tokens: Tokens
    elapsed_ms: float


class Case(msgspec.Struct, frozen=True):
    """An order, and what comes of it."""

    action: str
    source: str
    written: str
    """What the small model says."""
    said: str
    after: str
    """The file after the edit."""
    line: int = 1


CASES = {
    "function": Case(
        "completeFunction", STUB, "    return 2 * number",
        "Complete double: verified: 2 of 2 tests pass", f"{DOUBLE}    return 2 * number\n",
    ),
    "repair": Case(
        "repairFunction", WRITTEN, "return number * 2",
        "Repair double: verified: 2 of 2 tests pass", f"{DOUBLE}    return number * 2\n", line=9,
    ),
    "document": Case(
        "documentFunction", BARE, "Return twice a number.",
        "Document double: the document parses",
        'def double(number):\n    """Return twice a number."""\n    return 2 * number\n',
    ),
}  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of a project, with the project's folder as the current one."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path)
    return Path("src/shop.py")


def saying(*engines: Engine) -> EngineBuilder:
    """Return a builder that knows these models only."""

    def build(settings: Settings, models: Iterable[str]) -> Mapping[str, Engine]:
        return {engine.name: engine for engine in engines if engine.name in set(models)}

    return build


def pair(small: str | Script, large: str | Script = "") -> EngineBuilder:
    return saying(ScriptedEngine("small", [small]), ScriptedEngine("large", [large]))


@pytest.mark.parametrize("case", [pytest.param(c, id=n, marks=JUDGED) for n, c in CASES.items()])
def test_an_order_is_proven_and_shown_as_a_diff_that_git_applies(
    case: Case, shop: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shop.write_text(case.source)
    target = f"{shop}:{case.line}"
    assert order(case.action, target, OrderOptions(), build=pair(case.written)) == 0
    printed, complaints = capfd.readouterr()
    assert printed.startswith(f"{case.said}\n\n--- a/src/shop.py\n+++ b/src/shop.py\n@@ ")
    assert complaints == ""
    assert shop.read_text() == case.source
    applied(printed)
    assert shop.read_text() == case.after


@pytest.mark.parametrize("case", [pytest.param(c, id=n, marks=JUDGED) for n, c in CASES.items()])
def test_an_order_is_written_where_that_is_wanted(
    case: Case, shop: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shop.write_text(case.source)
    options = OrderOptions(write=True)
    assert order(case.action, f"{shop}:{case.line}", options, build=pair(case.written)) == 0
    assert shop.read_text() == case.after
    assert capfd.readouterr().out.endswith("\n\nWritten: src/shop.py\n")


def test_a_fix_needs_no_model(shop: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shop.write_text(BROKEN)
    small = ScriptedEngine("small", ["x"])
    assert order("fixSyntax", f"{shop}:1", OrderOptions(), build=saying(small)) == 0
    assert capfd.readouterr().out == (
        "Fix this syntax error: the document parses, without a model\n\n"
        "--- a/src/shop.py\n+++ b/src/shop.py\n@@ -1,2 +1,2 @@\n"
        "-def double(number:\n+def double(number):\n     return 2 * number\n"
    )
    assert small.requests == []


@JUDGED
def test_tests_go_into_a_file_of_their_own(shop: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shop.write_text(BARE)
    build = pair("2) == 4\n    assert double(0) == 0\n    assert double(-1) == -2")
    assert order("writeTests", f"{shop}:2", OrderOptions(write=True), build=build) == 0
    printed = capfd.readouterr().out
    written = Path("tests/test_shop.py")
    assert "--- /dev/null\n+++ b/tests/test_shop.py\n@@ -0,0 +1," in printed
    assert printed.endswith("\n\nWritten: tests/test_shop.py\n")
    assert "assert double(-1) == -2" in written.read_text()
    assert shop.read_text() == BARE
    written.unlink()
    applied(printed)
    assert "assert double(-1) == -2" in written.read_text()


@JUDGED
@pytest.mark.parametrize("write", [False, True])
def test_the_json_document_has_the_contracts_fields(
    write: bool, shop: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shop.write_text(STUB)
    options = OrderOptions(write=write, as_json=True)
    document = ordered_as_json(f"{shop}:1", options, pair("    return 2 * number"), capfd, 0)
    assert (document.done, document.written) == (True, write)
    assert (document.title, document.detail) == (
        "Complete double",
        "verified: 2 of 2 tests pass",
    )
    assert [change.text.strip() for change in document.changes] == ["return 2 * number"]
    assert document.files == []
    assert "+    return 2 * number\n" in document.diff
    assert [document.trace[0].event, document.trace[-1].event] == ["ordered", "proposed"]


@JUDGED
def test_what_comes_to_nothing_is_said_and_exits_with_1(
    shop: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shop.write_text(STUB)
    wrong = "    return number", "    return number + 1"
    options = OrderOptions(write=True)
    assert order("completeFunction", f"{shop}:1", options, build=pair(*wrong)) == 1
    said = "coterie: Complete this function: no body passes all 2 tests; the best passes 0\n"
    assert capfd.readouterr() == ("", said)
    assert shop.read_text() == STUB
    document = ordered_as_json(f"{shop}:1", OrderOptions(as_json=True), pair(*wrong), capfd, 1)
    assert (document.done, document.written, document.diff) == (False, False, "")
    assert document.detail == "no body passes all 2 tests; the best passes 0"


def test_a_workspace_that_forbids_running_is_obeyed(
    shop: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shop.write_text(WRITTEN)
    Path(".coterie.toml").write_text("[tests]\nrun = false\n")
    assert order("repairFunction", f"{shop}:1", OrderOptions(), build=pair("return 4")) == 1
    assert "`tests.run` is off" in capfd.readouterr().err


def test_the_way_to_a_proposal_is_told(shop: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shop.write_text(BARE)
    options = OrderOptions(tiers=("large",), explain=True)
    build = pair("Say nothing.", "Return twice a number.")
    assert order("documentFunction", f"{shop}:1", options, build=build) == 0
    printed = capfd.readouterr().out
    assert printed.startswith("ordered    documentFunction, 30000 ms\nroute      large × ")
    assert "tried      ✓ large: Return twice a number." in printed


def test_models_that_all_fail_are_a_failure(shop: Path) -> None:
    shop.write_text(BARE)
    dead = Script(failure=EngineUnavailable("small: the model host died"))
    gone = Script(failure=EngineUnavailable("large: the server cannot be reached"))
    with pytest.raises(CommandError, match=r"(?s)no model could answer:.*died.*cannot be reached"):
        order("documentFunction", f"{shop}:1", OrderOptions(), build=pair(dead, gone))


@pytest.mark.parametrize(
    "source",
    [
        b"\xef\xbb\xbfdef double(number:\r\n    return 2 * number\r\n",
        b"def double(number:\n    return 2 * number",
        b"# \xf0\x9f\x98\x80 \x0c\ndef double(number:\n    return 2 * number  \n",
    ],
    ids=["a byte order mark and CRLF", "no line end", "other characters"],
)
def test_the_rest_of_a_file_keeps_its_bytes(
    source: bytes, shop: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    fixed = source.replace(b"number:", b"number):")
    shop.write_bytes(source)
    shop.chmod(0o750)
    line = 1 + source[: source.index(b"def")].count(b"\n")
    assert order("fixSyntax", f"{shop}:{line}", OrderOptions(write=True), build=pair("")) == 0
    assert shop.read_bytes() == fixed
    assert shop.stat().st_mode & 0o777 == 0o750
    if not source.startswith(b"\xef"):
        shop.write_bytes(source)
        applied(capfdbinary.readouterr().out.decode())
        assert shop.read_bytes() == fixed


def test_a_link_stays_a_link(shop: Path) -> None:
    Path("real.py").write_text(BROKEN)
    shop.symlink_to(Path("real.py").absolute())
    assert order("fixSyntax", f"{shop}:1", OrderOptions(write=True), build=pair("")) == 0
    assert shop.is_symlink()
    assert Path("real.py").read_text() == BROKEN.replace("number:", "number):")


def test_a_file_that_was_changed_meanwhile_is_left_alone(shop: Path) -> None:
    shop.write_text(BROKEN)

    def build(settings: Settings, models: Iterable[str]) -> Mapping[str, Engine]:
        # By now the file has been read, and nothing has been proposed yet.
        shop.write_text("x = 1\n")
        return {name: ScriptedEngine(name, [""]) for name in models}

    with pytest.raises(CommandError, match="has been changed meanwhile; nothing was edited"):
        order("fixSyntax", f"{shop}:1", OrderOptions(write=True), build=build)
    assert shop.read_text() == "x = 1\n"


def ordered_as_json(
    target: str,
    options: OrderOptions,
    build: EngineBuilder,
    capfd: pytest.CaptureFixture[str],
    exit_code: int,
) -> Contract:
    """Return what `--json` prints of a completed function; nothing else may be printed."""
    assert order("completeFunction", target, options, build=build) == exit_code
    printed, complaints = capfd.readouterr()
    assert complaints == ""
    return msgspec.json.decode(printed, type=Contract, strict=True)


def applied(diff: str) -> None:
    """Have git apply what was printed, to the current folder's files."""
    command = ["git", "-c", "core.autocrlf=false", "apply", "--unidiff-zero", "-"]
    subprocess.run(command, input=diff.encode(), check=True)
