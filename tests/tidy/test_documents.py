"""What the documents say exists: commands, options, make targets, files, tests."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache

import pytest
import typer.main
from typer.core import TyperGroup

from lsp_server.__main__ import app
from tests.tidy.sources import ROOT, documents, file_of, files, text

FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.M | re.S)
INLINE = re.compile(r"`((?:coterie|make) [^`\n]+)`")
SHELL = ("sh", "console", "shell", "bash")
REFERENCE = re.compile(r"`(tests/[\w/.-]+\.py)::(\w+)`")
INVARIANT = re.compile(r"^(\d+)\. \*\*(.+?)\*\*(.*?)(?=^\d+\. \*\*|^#|\Z)", re.M | re.S)
NAMED_FILE = re.compile(r"`([\w./-]+\.(?:py|lua|mjs|ts))`")
NAMED_MODULE = re.compile(r"`((?:code_checks|ensemble|lsp_server)(?:\.\w+)+)`")
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)(?:#[^)]*)?\)")


def documented(program: str) -> list[tuple[str, str]]:
    """Return (file, command) for every command line of a program that a document shows."""
    return [
        (name, command)
        for name in documents()
        for command in commands_in(text(name))
        if command.split()[0] == program
    ]


def commands_in(document: str) -> Iterator[str]:
    """Yield the command lines of shell fences and of inline code."""
    for language, body in FENCE.findall(document):
        if language in SHELL:
            for line in body.splitlines():
                # In a transcript only the lines behind a prompt are commands.
                is_command = language != "console" or line.startswith("$ ")
                words = line.removeprefix("$ ").split("#")[0].split()
                if is_command and words and words[0] in ("coterie", "make"):
                    yield " ".join(words)
    yield from INLINE.findall(FENCE.sub("", document))


@cache
def command_line() -> TyperGroup:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return group


def complaint(words: list[str]) -> str:
    """Say what `coterie` does not know in a command line, "" if it knows everything."""
    group: TyperGroup | None = command_line()
    path = "coterie"
    known = {"--help"}
    for word in words[1:]:
        if group is not None:
            known |= {option for parameter in group.params for option in parameter.opts}
        if word.startswith("-"):
            if (option := word.split("=")[0]) not in known:
                return f"{path} has no option {option}"
        elif group is not None and word.isalpha() and word.islower():
            if word not in group.commands:
                return f"{path} has no command {word}"
            command = group.commands[word]
            path = f"{path} {word}"
            known = {"--help"} | {option for each in command.params for option in each.opts}
            group = command if isinstance(command, TyperGroup) else None
    return ""


def test_documented_commands_exist() -> None:
    wrong = [
        f"{name}: {command}: {said}"
        for name, command in documented("coterie")
        if (said := complaint([word.strip("[]") for word in shlex.split(command)]))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["coterie", "nonsense"], "coterie has no command nonsense"),
        (["coterie", "complete", "--nonsense"], "coterie complete has no option --nonsense"),
        (["coterie", "complete", "FILE:1:1", "--json"], ""),
        (["coterie", "serve", "--stdio"], ""),
    ],
)
def test_the_command_check_can_fail(words: list[str], said: str) -> None:
    assert complaint(words) == said


def test_documented_make_targets_exist() -> None:
    targets = set(re.findall(r"^([\w-]+):", text("Makefile"), re.M))
    wrong = [
        f"{name}: {command}"
        for name, command in documented("make")
        if not targets.issuperset(w for w in command.split()[1:] if "=" not in w and w != "-j")
    ]
    assert wrong == []
    assert documented("make")


def leaves(group: TyperGroup, path: str = "coterie") -> Iterator[str]:
    """Yield every command that can be run, as it is typed."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from leaves(command, f"{path} {name}")
        elif not command.hidden:
            yield f"{path} {name}"


def test_every_command_is_documented() -> None:
    shown = [f"{command} " for _, command in documented("coterie")]
    assert [leaf for leaf in leaves(command_line())
            if not any(command.startswith(f"{leaf} ") for command in shown)] == []  # fmt: skip


def test_links_lead_to_files() -> None:
    wrong = [
        f"{name}: {target}"
        for name in documents()
        for target in LINK.findall(FENCE.sub("", text(name)))
        if not (ROOT / name).parent.joinpath(target).exists()
    ]
    assert wrong == []


def is_here(name: str) -> bool:
    """Whether there is a file of this name, or one whose path ends like it."""
    return any(f"/{known}".endswith(f"/{name}") for known in files())


def is_known(module: str) -> bool:
    """Whether a dotted name is a module, a name in one, or a member of such a name."""
    file = file_of(module)
    if file is None:
        return False
    parts = file.removesuffix(".py").removesuffix("/__init__").split("/")
    names = module.split(".")[len(parts) :]
    most = 1 if file.endswith("/__init__.py") else 2
    return len(names) <= most and all(re.search(rf"\b{name}\b", text(file)) for name in names)


def test_what_is_named_in_texts_and_comments_is_here() -> None:
    wrong = [
        f"{name}: {word}"
        for name in files()
        if name.endswith((".py", ".md", ".lua", ".ts"))
        for pattern, known in ((NAMED_FILE, is_here), (NAMED_MODULE, is_known))
        for word in pattern.findall(text(name))
        if not known(word)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("ensemble.voting.vote", True),
        ("ensemble.voting.vote.elect", True),
        ("ensemble.cascade.cascade.Cascade.answers", True),
        ("code_checks.sandbox.Limits", True),
        ("ensemble.vote", False),
        ("ensemble.voting.vote.poll", False),
        ("ensemble.voting.deferral.vote.elect", False),
    ],
)
def test_what_is_not_here_is_noticed(word: str, expected: bool) -> None:
    assert is_known(word) is expected


def functions_in(name: str) -> set[str]:
    """Return the names of a Python file's functions and methods."""
    if name not in files():
        return set()
    tree = ast.parse(text(name))
    return {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_invariant_names_tests_that_exist() -> None:
    invariants = INVARIANT.findall(text("docs/architecture.md"))
    assert [int(number) for number, _, _ in invariants] == list(range(1, len(invariants) + 1))
    assert len(invariants) >= 12
    for number, sentence, rest in invariants:
        references = REFERENCE.findall(rest)
        assert references, f"invariant {number} ({sentence}) names no test"
        for name, function in references:
            assert function in functions_in(name), f"invariant {number}: no {name}::{function}"
