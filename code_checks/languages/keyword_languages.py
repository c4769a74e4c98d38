"""Languages whose blocks end with a word: Ruby, Lua, and the shell."""

from __future__ import annotations

from tree_sitter import Node

from code_checks.languages.facts import (
    DOUBLE_QUOTES,
    SINGLE_QUOTES,
    BlockEnd,
    Blocks,
    Delimiters,
    GrammarGap,
    LazyPattern,
    Quotes,
    kinds,
)
from code_checks.languages.language import CLOSING_BRACKETS, Language

_RUBY_BODIES = kinds("program body_statement block_body then do else begin ensure")
_SHELL_KEYWORDS = frozenset((b"fi", b"done", b"esac", b"then", b"else", b"elif", b"do"))


def _is_end_of_nothing(node: Node) -> bool:
    is_statement = node.parent is not None and node.parent.type in _RUBY_BODIES
    return is_statement and node.text == b"end"


def _is_keyword_run_as_command(node: Node) -> bool:
    return node.text in _SHELL_KEYWORDS


RUBY = Language(
    name="ruby",
    title="Ruby",
    module="tree_sitter_ruby",
    extensions=("rb", "rake", "gemspec"),
    blocks=Blocks.KEYWORD,
    statement_lists=kinds(
        "module block program body_statement block_body then do do_block begin else ensure rescue "
        "subshell array"
    ),
    line_comment="#",
    strings=(DOUBLE_QUOTES, SINGLE_QUOTES),
    quotes=Quotes.SAME_IF_PLAIN,
    openers=LazyPattern(
        r"\b(?:do|then|begin|ensure)(?:\s*\|[^|]*\|)?$|^\s*(?:private\s+|public\s+|protected\s+)?"
        r"(?:def|class|module|if|unless|while|until|case|for|when|in|elsif|else|rescue)\b"
        r"(?!.*\bend$)|=\s*(?:if|case|begin)\b"
    ),
    closers=("end", "else", "elsif", "when", "in", "rescue", "ensure", *CLOSING_BRACKETS),
    block_ends=("end",),
    clauses=("else", "elsif", "when", "rescue", "ensure"),
    function_header=LazyPattern(r"\s*(?:\w+\s+)?def\b"),
    missing_ends=(
        BlockEnd(
            LazyPattern(r"(?:.*=\s*)?(?:def|class|module|if|unless|while|until|for|case|begin)\b"),
            "end",
        ),
        BlockEnd(LazyPattern(r"(?:else|elsif|when|in|rescue|ensure)\b"), "end"),
        BlockEnd(LazyPattern(r".*\bdo(?:\s*\|[^|]*\|)?$"), "end"),
    ),
    statement_ends=(",", " => 0", " : 0", " = 0", " then"),
    end_words={"": "end"},
    gap=GrammarGap("(identifier) @node", _is_end_of_nothing),
)

LUA = Language(
    name="lua",
    title="Lua",
    module="tree_sitter_lua",
    extensions=("lua",),
    blocks=Blocks.KEYWORD,
    statement_lists=kinds("block chunk"),
    line_comment="--",
    block_comment=Delimiters("--[[", "]]"),
    strings=(Delimiters("[[", "]]"), DOUBLE_QUOTES, SINGLE_QUOTES),
    quotes=Quotes.SAME,
    openers=LazyPattern(r"\b(?:then|do|else|repeat)$|\bfunction\b[^)]*\)$"),
    closers=("end", "else", "elseif", "until", *CLOSING_BRACKETS),
    block_ends=("end",),
    clauses=("else", "elseif", "until"),
    function_header=LazyPattern(r".*\bfunction\b"),
    missing_ends=(
        BlockEnd(LazyPattern(r".*\b(?:then|do|else)$"), "end"),
        BlockEnd(LazyPattern(r".*\bfunction\b[^()]*\([^()]*\)$"), "end"),
        BlockEnd(LazyPattern(r"repeat$"), "until true"),
    ),
    statement_ends=(" then", " do", ",", " = nil"),
    end_words={"": "end"},
    # A list of results is cut to one by them.
    meaningful_parentheses=kinds("function_call vararg_expression"),
)

SHELL = Language(
    name="shellscript",
    title="Shell",
    module="tree_sitter_bash",
    aliases=("bash", "sh", "zsh"),
    extensions=("sh", "bash", "zsh"),
    blocks=Blocks.KEYWORD,
    statement_lists=kinds(
        "program compound_statement case_statement do_group case_item subshell array"
    ),
    line_comment="#",
    comment_after_space=True,
    strings=(DOUBLE_QUOTES, SINGLE_QUOTES),
    quotes=Quotes.SAME_IF_PLAIN,
    brackets="{}[]",  # In case patterns a `)` closes nothing.
    openers=LazyPattern(r"(?:\b(?:then|do|else|in)|\{|[^()\s]\))$"),
    closers=("fi", "done", "esac", "else", "elif", *CLOSING_BRACKETS),
    block_ends=("fi", "done", "esac"),
    clauses=("then", "do", "else", "elif"),
    function_header=LazyPattern(r"\s*(?:function\s+\S+|[\w:-]+\s*\(\s*\))"),
    missing_ends=(
        BlockEnd(LazyPattern(r"(?:if|elif)\b.*\bthen$|then$|else$"), ":\nfi"),
        BlockEnd(
            LazyPattern(r"(?:.*\|\s*)?(?:for|while|until|select)\b.*\bdo$|do$"),
            ":\ndone",
        ),
        BlockEnd(LazyPattern(r"case\b.*\bin$"), "esac"),
    ),
    statement_ends=(
        *("; then", "; do", " ]; then", " ]]; then", " ]; do", " ]]; do", " in"),
        *(" ]", " ]]", " { :; }"),
    ),
    end_words={"if": "fi", "case": "esac", "for": "done", "while": "done", "until": "done"},
    gap=GrammarGap("(command_name) @node", _is_keyword_run_as_command),
)

KEYWORD_LANGUAGES = (RUBY, LUA, SHELL)
