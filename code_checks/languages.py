"""The languages that can be checked: their grammars and the few facts that text filters need."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from tree_sitter import Language as Grammar
from tree_sitter import Parser


class Blocks(StrEnum):
    """How a language marks where a block ends."""

    INDENTATION = "indentation"
    BRACES = "braces"
    KEYWORD = "keyword"  # `end`, `fi`, `done`
    NONE = "none"  # data formats and markup


@dataclass(frozen=True, slots=True)
class Language:
    """Facts about one language.

    `name` is its LSP identifier, `module` the wheel that holds its grammar and `function` the
    name of the function in it. `closers` are the keywords or brackets that may begin a line which
    still belongs to the block above it although it is indented less.
    """

    name: str
    module: str
    function: str = "language"
    line_comment: str = ""
    blocks: Blocks = Blocks.BRACES
    closers: tuple[str, ...] = ("}", ")", "]")
    indentation_matters: bool = False
    is_data: bool = False
    extensions: tuple[str, ...] = field(default=())


_C_LIKE = ("}", ")", "]")
_ALL = (
    Language(
        "python", "tree_sitter_python", line_comment="#", blocks=Blocks.INDENTATION,
        closers=("else", "elif", "except", "finally", ")", "]", "}"), indentation_matters=True,
        extensions=("py", "pyi", "pyw"),
    ),
    Language("javascript", "tree_sitter_javascript", line_comment="//",
             extensions=("js", "mjs", "cjs")),
    Language("javascriptreact", "tree_sitter_javascript", line_comment="//", extensions=("jsx",)),
    Language("typescript", "tree_sitter_typescript", "language_typescript", "//",
             extensions=("ts", "mts", "cts")),
    Language("typescriptreact", "tree_sitter_typescript", "language_tsx", "//",
             extensions=("tsx",)),
    Language("go", "tree_sitter_go", line_comment="//", extensions=("go",)),
    Language("rust", "tree_sitter_rust", line_comment="//", extensions=("rs",)),
    Language("c", "tree_sitter_c", line_comment="//", extensions=("c", "h")),
    Language("cpp", "tree_sitter_cpp", line_comment="//",
             extensions=("cpp", "cc", "cxx", "hpp", "hh", "hxx")),
    Language("java", "tree_sitter_java", line_comment="//", extensions=("java",)),
    Language("csharp", "tree_sitter_c_sharp", line_comment="//", extensions=("cs",)),
    Language("ruby", "tree_sitter_ruby", line_comment="#", blocks=Blocks.KEYWORD,
             closers=("end", "else", "elsif", "when", "in", "rescue", "ensure", *_C_LIKE),
             extensions=("rb", "rake", "gemspec")),
    Language("php", "tree_sitter_php", "language_php", "//", extensions=("php",)),
    Language("lua", "tree_sitter_lua", line_comment="--", blocks=Blocks.KEYWORD,
             closers=("end", "else", "elseif", "until", *_C_LIKE), extensions=("lua",)),
    Language("shellscript", "tree_sitter_bash", line_comment="#", blocks=Blocks.KEYWORD,
             closers=("fi", "done", "esac", "else", "elif", *_C_LIKE),
             extensions=("sh", "bash", "zsh")),
    Language("json", "tree_sitter_json", blocks=Blocks.BRACES, is_data=True,
             extensions=("json", "jsonc")),
    Language("yaml", "tree_sitter_yaml", line_comment="#", blocks=Blocks.NONE,
             indentation_matters=True, is_data=True, extensions=("yaml", "yml")),
    Language("toml", "tree_sitter_toml", line_comment="#", blocks=Blocks.NONE, is_data=True,
             extensions=("toml",)),
    Language("html", "tree_sitter_html", blocks=Blocks.NONE, is_data=True,
             extensions=("html", "htm")),
    Language("css", "tree_sitter_css", is_data=True, extensions=("css",)),
)  # fmt: skip

_BY_NAME = {language.name: language for language in _ALL}
_ALIASES = {
    "bash": "shellscript", "sh": "shellscript", "zsh": "shellscript", "jsonc": "json",
    "c#": "csharp", "cs": "csharp", "c++": "cpp", "js": "javascript", "ts": "typescript",
    "tsx": "typescriptreact", "jsx": "javascriptreact", "py": "python",
    "typescript.tsx": "typescriptreact", "javascript.jsx": "javascriptreact",
    "js-json": "json", "mhtml": "html", "conf-toml": "toml",
}  # fmt: skip
_BY_EXTENSION = {ending: language.name for language in _ALL for ending in language.extensions}


def language_named(name: str) -> Language | None:
    """Return the language with this LSP identifier or common alias, or None."""
    lowered = name.lower()
    return _BY_NAME.get(_ALIASES.get(lowered, lowered))


def language_of_path(path: str) -> str:
    """Return the LSP identifier for a file name, `plaintext` if it is unknown."""
    return _BY_EXTENSION.get(path.rsplit(".", 1)[-1].lower(), "plaintext")


def all_languages() -> tuple[Language, ...]:
    """Return every language that has a grammar."""
    return _ALL


@cache
def parser(language: Language) -> Parser:
    """Return the tree-sitter parser of a language. Importing a grammar takes a few milliseconds."""
    module = importlib.import_module(language.module)
    return Parser(Grammar(getattr(module, language.function)()))
