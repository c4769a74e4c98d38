"""What is missing while somebody types: bodies of what was just opened, ends of what is open.

Both are tried, never assumed: a hole whose suffix gained these lines is checked like any other,
and the verdict says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from code_checks.hole import Hole
from code_checks.languages import Blocks, Language, language_named
from code_checks.text.enclosing import Ancestor, enclosing_lines, ends_block, indent_of
from code_checks.text.lexical import balance, closing_brackets, scan

_CLOSING_MARKS = {
    '"""': '"""', "'''": "'''", "`": "`", "[[": "]]", "/*": "*/", "--[[": "]]",
}  # fmt: skip
_TEXT_OPENERS = ('"""', "'''", 'r"""', "r'''", "/*", "--[[")
_PYTHON_OPENER = re.compile(r".*:\s*(?:#.*)?$")
_BRACELESS = re.compile(r"(?:\}\s*)?(?:if|for|while|else|switch|foreach)\b(?!.*[;{]$)")
_DIRECTIVE = re.compile(r"#\s*(?:if|ifdef|ifndef|elif|else)\b")
_TAG = re.compile(r"<(/?)([A-Za-z][\w-]*)(?:[^<>]*[^/<>])?>")
_OPEN_TAG = re.compile(r"<([A-Za-z][\w.-]*)(?:\s[^<>]*)?(?<![/=])>$")
_MARKUP = ("html", "javascript", "javascriptreact", "typescriptreact")
_VOID_TAGS = "area base br col embed hr img input link meta param source track wbr"
_VOID = frozenset(_VOID_TAGS.split())
_KEYWORD_OPENERS: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    "ruby": (
        (
            re.compile(r"(?:.*=\s*)?(?:def|class|module|if|unless|while|until|for|case|begin)\b"),
            "end",
        ),
        (re.compile(r"(?:else|elsif|when|in|rescue|ensure)\b"), "end"),
        (re.compile(r".*\bdo(?:\s*\|[^|]*\|)?$"), "end"),
    ),
    "lua": (
        (re.compile(r".*\b(?:then|do|else)$"), "end"),
        (re.compile(r".*\bfunction\b[^()]*\([^()]*\)$"), "end"),
        (re.compile(r"repeat$"), "until true"),
    ),
    "shellscript": (
        (re.compile(r"(?:if|elif)\b.*\bthen$|then$|else$"), ":\nfi"),
        (re.compile(r"(?:.*\|\s*)?(?:for|while|until|select)\b.*\bdo$|do$"), ":\ndone"),
        (re.compile(r"case\b.*\bin$"), "esac"),
    ),
}


def with_bodies(hole: Hole, text: str) -> Iterator[Hole]:
    """Yield the hole with a body after the block that the last line of the filled hole opens.

    Nothing is yielded if that line opens no block, or if lines that are indented deeper follow.
    """
    language = language_named(hole.language)
    filled = hole.line_head + text + hole.line_tail
    line = next((x for x in reversed(filled.splitlines()) if x.strip()), "")
    after = hole.suffix[len(hole.line_tail) :]
    below = next((x for x in after[:4_000].splitlines() if x.strip()), "")
    if language is None or not line or (below and indent_of(below) > indent_of(line)):
        return
    margin = line[: len(line) - len(line.lstrip())]
    for body in _bodies(language, filled, line.strip()):
        lines = "".join(f"\n{margin}{row}" for row in body.split("\n"))
        yield Hole(hole.language, hole.prefix, hole.line_tail + lines + (after or "\n"))


def _bodies(language: Language, filled: str, line: str) -> Iterator[str]:
    if line.startswith(_TEXT_OPENERS):
        yield from filter(None, [_CLOSING_MARKS.get(scan(language.name, filled).inside)])
    if language.name == "python":
        yield from _python_bodies(line)
        return
    if language.name == "html":
        yield from _closing_tags(filled)
        return
    closing = _brackets(language, filled)
    if closing.startswith("}") and line.endswith(("{", "|", "->", "=>")):
        yield closing
        yield closing + ";"
        yield closing + " finally {}"
        yield closing + " while (0);"
    elif language.name in _KEYWORD_OPENERS:
        yield from (end + closing for end in _keyword_ends(language, line))
    elif language.blocks is Blocks.BRACES and not closing:
        if _BRACELESS.match(line) and language.name not in ("go", "rust"):
            yield "{}"
        elif _DIRECTIVE.match(line):
            yield "#endif"


def _python_bodies(line: str) -> Iterator[str]:
    if line.startswith("#"):
        yield "pass"
    elif line.startswith("@"):
        yield "def _(): pass"
    elif _PYTHON_OPENER.match(line):
        yield "    pass"
        yield "    pass\nfinally:\n    pass"
        yield "    case _: pass"


def _keyword_ends(language: Language, line: str) -> list[str]:
    openers = _KEYWORD_OPENERS.get(language.name, ())
    if re.search(r"\bend\b", line):
        return []
    return [end for pattern, end in openers if pattern.match(line)][:1]


def _closing_tags(text: str) -> Iterator[str]:
    stack: list[str] = []
    for match in _TAG.finditer(text):
        closes, name = match.groups()
        if closes and stack and stack[-1] == name:
            stack.pop()
        elif not closes and name.lower() not in _VOID:
            stack.append(name)
    if stack:
        yield "".join(f"</{name}>" for name in reversed(stack))


def _brackets(language: Language, text: str) -> str:
    """Return the brackets that close what a text opens and does not close, innermost first."""
    return closing_brackets(scan(language.name, text).openers)


@lru_cache(maxsize=16)
def with_ends(hole: Hole) -> tuple[Hole, ...]:
    """Return the hole with an end for each block and bracket around it that is closed nowhere.

    Empty if all that encloses the hole is closed. By indentation: the first line below that is
    indented no more than the line that opened should begin with what closes it. Where nothing
    stands below, a second hole has the brackets that a scan finds open.
    """
    language = language_named(hole.language)
    if language is None:
        return ()
    around = balance(hole)
    mark = _CLOSING_MARKS.get(around.inside, "")
    if mark and not scan(hole.language, hole.suffix, around.inside).inside:
        mark = ""
    brackets = closing_brackets(around.open)
    found = [_ended(language, hole, mark, bracketed=True)]
    if brackets and not hole.suffix.strip() and language.blocks is not Blocks.KEYWORD:
        found.append(_ended(language, hole, mark + brackets, bracketed=False))
    return tuple(ended for ended in found if ended is not None)


def _ended(language: Language, hole: Hole, here: str, *, bracketed: bool) -> Hole | None:
    """Return the hole with `here` below its line and with ends for the blocks around it.

    `bracketed`: the brackets that the enclosing lines leave open are closed, too.
    """
    after = hole.suffix[len(hole.line_tail) :]
    lines = after.splitlines()
    added = [(0, here)] if here else []
    for ancestor in reversed(enclosing_lines(hole)):
        at = next(
            (i for i, x in enumerate(lines) if x.strip() and indent_of(x) <= ancestor.indent),
            len(lines),
        )
        end = _block_end(language, ancestor)
        end += _brackets(language, ancestor.text) if bracketed else ""
        if end and not (at < len(lines) and _closes(lines[at], ancestor)):
            added.append((at, " " * ancestor.indent + end))
    if not added:
        return None
    for count, (at, end) in enumerate(added):
        lines.insert(at + count, end)
    first = "" if after else "\n"
    return Hole(hole.language, hole.prefix, hole.line_tail + first + "\n".join(lines) + "\n")


def _closes(line: str, ancestor: Ancestor) -> bool:
    if indent_of(line) != ancestor.indent:
        return False
    if ancestor.text.startswith("try:"):
        return line.strip().startswith(("except", "finally", "else"))
    return ends_block(line) or bool(re.match(r"\s*(?:else|elif|elsif|when|in|rescue)\b", line))


def _block_end(language: Language, ancestor: Ancestor) -> str:
    """Return the word or the tag that has to end the block which a line opens, or nothing."""
    if language.name == "python":
        return "finally: pass" if ancestor.text.startswith("try:") else ""
    tag = _OPEN_TAG.search(ancestor.text)
    if tag and language.name in _MARKUP and tag[1].lower() not in _VOID:
        return f"</{tag[1]}>"
    return next(iter(_keyword_ends(language, ancestor.text)), "").removeprefix(":\n")
