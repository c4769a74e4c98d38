"""Examples in the documentation of a Python function, read as tests.

Doctests are taken as they are: they are code. Of the other forms that people write, such as
`f(2) == 4`, `f(2) -> 4` or `f(2) returns 4`, only those count whose arguments and result are
literals: prose that merely looks like an example must not become a test.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from code_checks.execution.unit_test import UnitTest
from code_checks.trees.functions import Function

_PROMPT, _MORE = ">>>", "..."
_RELATION = re.compile(
    r"""[`'"]*\s*(?:\#\s*)?(?:
        ={1,3}>|-{1,3}>|={1,3}|→|➞|➔|➜|⇒|⟹|↦
        |(?:should\s+|must\s+|will\s+)?(?:returns?|gives?|yields|equals?|be|produces?)(?:\s+to)?
        |(?:should|must|will)\s+(?:be|return|give|equal|yield|produce)
        |evaluates\s+to|results?\s+in|is(?:\s+equal\s+to)?|:(?=\s)|\#
    )\s*[`]*\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_TRANSLATED = {"true": "True", "false": "False", "null": "None", "none": "None"}
_FOREIGN = re.compile(r"(?:true|false|null|none)\b(?![(.\[])")
_TRACEBACK = "Traceback (most recent call last):"
_ERROR = re.compile(r"([A-Za-z_][\w.]*)(?::.*)?$")
_LONGEST = 400
_FRACTION = 1e-6
_GOES_ON = re.compile(r"[\w(\[{]|\.\d|\s*[-+*/%](?=\s*[\w(])")
"""What says that an expression has not ended yet: then its beginning is not its value."""


def python_examples(function: Function) -> Iterator[UnitTest]:
    """Yield the examples that a Python function's documentation gives of it."""
    lines = function.documentation.splitlines()
    rest = []
    position = 0
    while position < len(lines):
        if lines[position].strip().startswith(_PROMPT):
            session = list(_session(lines, position))
            position += len(session)
            yield from _doctests(function, session)
        else:
            rest.append(lines[position])
            position += 1
    if function.has_values:
        for line in rest:
            yield from _inline(function.name, line)


def _session(lines: list[str], start: int) -> Iterator[str]:
    """Yield the lines of a doctest session: prompts and what is printed, up to a blank line."""
    for line in lines[start:]:
        if not line.strip():
            return
        yield line.strip()


def _doctests(function: Function, session: list[str]) -> Iterator[UnitTest]:
    """Yield a test for each expression with a result; statements before it are its setting."""
    setting: list[str] = []
    while session:
        source = [session.pop(0).removeprefix(_PROMPT).removeprefix(" ")]
        while session and session[0].startswith(_MORE):
            source.append(session.pop(0).removeprefix(_MORE).removeprefix(" "))
        printed = []
        while session and not session[0].startswith(_PROMPT):
            printed.append(session.pop(0))
        code = _without_comment("\n".join(source))
        if printed:
            test = _doctest(code, printed, setting)
            if test is not None and function.name in test.code:
                yield test
        elif claims := [*_inline(function.name, code)] if function.has_values else []:
            yield from claims  # `>>> f(2) == 4`, and nothing below it.
        else:
            setting.append(code)


def _without_comment(code: str) -> str:
    """Return an expression without the comment behind it; anything else as it is."""
    try:
        node = ast.parse(code, mode="eval").body
    except (ValueError, SyntaxError, MemoryError, RecursionError, SystemError):
        return code
    return ast.get_source_segment(code, node) or code


def _doctest(code: str, printed: list[str], setting: list[str]) -> UnitTest | None:
    if not _is_expression(code):
        return None
    before = "".join(f"{statement}\n" for statement in setting)
    label = f"{code} → {' '.join(printed)}"[:_LONGEST]
    if printed[0] == _TRACEBACK:
        error = _ERROR.match(printed[-1])
        return UnitTest(before + _raises(code, error.group(1)), label) if error else None
    text = "\n".join(printed)
    value, known = _literal(text)
    if known:
        return UnitTest(before + _assertion(code, text, value), label, call="" if setting else code)
    if "..." in text:
        return None
    return UnitTest(f"{before}assert repr({code}) == {text!r}", label, call="" if setting else code)


def _raises(code: str, error: str) -> str:
    name = error.rsplit(".", 1)[-1]
    # Compared by name: the exception's class need not be imported where the example stands.
    return (
        f"try:\n    {code}\nexcept Exception as _raised:\n"
        f"    assert {name!r} in [_kind.__name__ for _kind in type(_raised).__mro__]\n"
        f"else:\n    raise AssertionError('{name} was not raised')"
    )


def _inline(name: str, line: str) -> Iterator[UnitTest]:
    """Yield the examples of the form "call, relation, literal" that a line of prose holds."""
    for match in re.finditer(rf"(?<![\w.]){re.escape(name)}\(", line):
        call = balanced_call(line, match.start())
        if call is None or not _has_literal_arguments(call):
            continue
        relation = _RELATION.match(line, match.start() + len(call))
        if relation is None or not relation.group().strip(" `'\""):
            continue
        text = leading_literal(line[relation.end() :])
        if text is not None:
            value, _ = _literal(text)
            yield UnitTest(_assertion(call, text, value), f"{call} == {text}", call=call)


def _assertion(call: str, text: str, value: object) -> str:
    """Return the statement that a call has this value; a float may differ by a millionth."""
    if isinstance(value, float) and not isinstance(value, bool):
        return f"assert abs(({call}) - ({text})) <= {_FRACTION} * max(1, abs({text}))"
    if value is None or isinstance(value, bool):
        return f"assert ({call}) is {text}"
    return f"assert ({call}) == ({text})"


def balanced_call(line: str, start: int) -> str | None:
    """Return the call that begins at an index of a line, up to the bracket that closes it."""
    for end in _closing_brackets(line, start):
        call = line[start:end]
        if _is_expression(call):
            return call
    return None


def leading_literal(text: str) -> str | None:
    """Return the longest literal that a text begins with, or None.

    It must be a whole word: what goes on behind it is no longer the literal.
    """
    text = text[:_LONGEST]
    foreign = _FOREIGN.match(text)
    if foreign is not None:
        return _TRANSLATED[foreign.group()]
    for end in range(len(text), 0, -1):
        piece = text[:end].rstrip()
        if piece.endswith(",") or _GOES_ON.match(text, len(piece)):
            continue
        if _literal(piece)[1]:
            return piece.removesuffix(".") if piece[:-1].isdigit() else piece
    return None


def _closing_brackets(line: str, start: int) -> Iterator[int]:
    return (index + 1 for index in range(start, min(len(line), start + _LONGEST))
            if line[index] == ")")  # fmt: skip


def _literal(text: str) -> tuple[object, bool]:
    """Return the value of a literal and whether the text is one."""
    if not text.strip():
        return None, False
    try:
        # In parentheses, because a comment behind a literal is not part of it.
        return ast.literal_eval(f"({text.strip()})"), True
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError, SystemError):
        return None, False


def _is_expression(code: str) -> bool:
    try:
        ast.parse(code, mode="eval")
    except (ValueError, SyntaxError, MemoryError, RecursionError, SystemError):
        return False
    return True


def _has_literal_arguments(call: str) -> bool:
    try:
        node = ast.parse(call, mode="eval").body
    except (ValueError, SyntaxError, MemoryError, RecursionError, SystemError):
        return False
    if not isinstance(node, ast.Call):
        return False
    arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
    return all(_literal(ast.unparse(argument))[1] for argument in arguments)
