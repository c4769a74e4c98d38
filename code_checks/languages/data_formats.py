"""Data formats and markup: JSON, YAML, TOML, HTML and CSS."""

from __future__ import annotations

from code_checks.languages.facts import (
    C_COMMENT,
    DOUBLE_QUOTES,
    SINGLE_QUOTES,
    TRIPLE_DOUBLE_QUOTES,
    TRIPLE_SINGLE_QUOTES,
    Blocks,
    GrammarException,
    GrammarGap,
    LazyPattern,
    kinds,
)
from code_checks.languages.language import Language

JSON = Language(
    name="json",
    title="JSON",
    module="tree_sitter_json",
    aliases=("jsonc", "js-json"),
    extensions=("json", "jsonc"),
    blocks=Blocks.BRACES,
    is_data=True,
    statement_lists=kinds("document object array"),
    line_comment="",
    strings=(DOUBLE_QUOTES,),
    statement_ends=(",", ": 0", ": 0,"),
)

YAML = Language(
    name="yaml",
    title="YAML",
    module="tree_sitter_yaml",
    extensions=("yaml", "yml"),
    blocks=Blocks.NONE,
    indentation_matters=True,
    is_data=True,
    is_prose=True,
    statement_lists=kinds("document block_mapping block_sequence"),
    line_comment="#",
    strings=(),
    brackets="",  # They are mostly prose.
    openers=LazyPattern(r":(?:\s*[|>][-+]?)?$|^\s*-$"),
    statement_ends=(":", ": 0", ","),
)

TOML = Language(
    name="toml",
    title="TOML",
    module="tree_sitter_toml",
    aliases=("conf-toml",),
    extensions=("toml",),
    blocks=Blocks.NONE,
    is_data=True,
    statement_lists=kinds("document array table table_array_element"),
    line_comment="#",
    strings=(TRIPLE_DOUBLE_QUOTES, TRIPLE_SINGLE_QUOTES, DOUBLE_QUOTES, SINGLE_QUOTES),
    statement_ends=(" = 0", ","),
)

HTML = Language(
    name="html",
    title="HTML",
    module="tree_sitter_html",
    aliases=("mhtml",),
    extensions=("html", "htm"),
    blocks=Blocks.TAGS,
    is_data=True,
    is_prose=True,
    has_elements=True,
    statement_lists=kinds("document element script_element style_element"),
    line_comment="",
    strings=(),
    brackets="",  # They are mostly prose.
    openers=LazyPattern(r"<(?!(?:br|hr|img|input|link|meta)\b)[A-Za-z][^<>]*(?<!/)>$"),
    statement_ends=(">", " />"),
    gap=GrammarGap("(erroneous_end_tag) @node", lambda _: True),
)

CSS = Language(
    name="css",
    title="CSS",
    module="tree_sitter_css",
    extensions=("css",),
    blocks=Blocks.BRACES,
    is_data=True,
    statement_lists=kinds("block stylesheet keyframe_block_list"),
    line_comment="",
    block_comment=C_COMMENT,
    strings=(DOUBLE_QUOTES, SINGLE_QUOTES),
    statement_ends=(";", " {}", ": x;"),
    exceptions=(
        GrammarException(
            LazyPattern(r"\burl\(\s*[^\s'\"]"),
            "the grammar does not know every address without quotes",
        ),
    ),
)

DATA_FORMATS = (JSON, YAML, TOML, HTML, CSS)
