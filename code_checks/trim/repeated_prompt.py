"""Samples that repeat the prompt before they continue it."""

from __future__ import annotations

import ast
import re
import textwrap

from code_checks.hole import Hole

_HEADER = re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(", re.MULTILINE)
_HEADER_OF = r"^[ \t]*(?:async[ \t]+)?def[ \t]+{}[ \t]*\(.*?:[ \t]*\r?\n"
_IMPORT = re.compile(r"^(?:import|from)[ \t].*$", re.MULTILINE)
_LINE_ENDS = re.compile(r"(?<=\n)")  # As the parser counts lines, unlike str.splitlines.
_INDENT = "    "
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def without_repeated_prompt(sample: str, hole: Hole) -> str:
    """Return the part of a sample that belongs into the hole.

    A sample that repeats the text before the hole word for word ends in that part. One that wrote
    the function anew, in place of the prompt or below it, has the body of that function; imports
    and definitions that it added beside the function move into it. A sample that has neither is
    returned as it is.
    """
    known = hole.prefix.strip()
    headers = list(_HEADER.finditer(hole.prefix))
    name = headers[-1].group(1) if headers else ""
    rest = sample
    if known and known in sample:
        space = hole.prefix[len(hole.prefix.rstrip()) :]
        rest = sample.partition(known)[2].removeprefix(space)
    written = _program(rest) or _program(sample)
    if written is not None and name:
        program, tree = written
        own = [node for node in tree.body if isinstance(node, _Function) and node.name == name]
        if own:
            return _added(program, tree, own[-1], hole) + _body(program, own[-1])
    if rest is not sample or not name:
        return rest
    # What does not parse may still have a header: a sample that was cut short, most often.
    again = re.search(_HEADER_OF.format(re.escape(name)), sample, re.MULTILINE | re.DOTALL)
    return _imports(sample[: again.start()], hole) + sample[again.end() :] if again else sample


def _program(text: str) -> tuple[str, ast.Module] | None:
    """Return a text with its tree, if it is a program."""
    try:
        return text, ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _body(program: str, function: _Function) -> str:
    """Return what stands below a function's header and docstring."""
    lines, first = _LINE_ENDS.split(program), function.body[0]
    if lines[first.lineno - 1][: first.col_offset].strip():  # It stands behind the header.
        return _INDENT + lines[first.lineno - 1].encode()[first.col_offset :].decode()
    has_docstring = ast.get_docstring(function, clean=False) is not None
    start = (first.end_lineno or first.lineno) if has_docstring else first.lineno - 1
    return "".join(lines[start : function.end_lineno])


def _added(program: str, tree: ast.Module, function: _Function, hole: Hole) -> str:
    """Return the imports and definitions that stand beside the function and are new, indented as
    its body is."""
    lines = _LINE_ENDS.split(program)
    known = {line.strip() for line in hole.prefix.splitlines()}
    parts = []
    for node in tree.body:
        is_wanted = isinstance(node, ast.Import | ast.ImportFrom | ast.ClassDef | _Function)
        is_own = isinstance(node, _Function) and node.name == function.name
        if is_wanted and not is_own and lines[node.lineno - 1].strip() not in known:
            decorators = getattr(node, "decorator_list", ())
            start = min([node.lineno, *(decorator.lineno for decorator in decorators)]) - 1
            parts.append("".join(lines[start : node.end_lineno]).rstrip() + "\n")
    return textwrap.indent("".join(parts), _INDENT)


def _imports(above: str, hole: Hole) -> str:
    lines = [line for line in _IMPORT.findall(above) if line not in hole.prefix]
    return "".join(f"{_INDENT}{line}\n" for line in lines)
