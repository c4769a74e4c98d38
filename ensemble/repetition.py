"""Samples that repeat the prompt before they continue it."""

from __future__ import annotations

import re

from code_checks.hole import Hole

_HEADER = re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(", re.MULTILINE)
_HEADER_OF = r"^[ \t]*(?:async[ \t]+)?def[ \t]+{}[ \t]*\(.*?:[ \t]*\r?\n"
_IMPORT = re.compile(r"^(?:import|from)[ \t].*$", re.MULTILINE)


def without_repeated_prompt(sample: str, hole: Hole) -> str:
    """Return the part of a sample that belongs into the hole.

    A sample that repeats the text before the hole word for word ends in that part. One that wrote
    the function anew (without its docstring, or with another) has the part below the line of the
    function's header; imports that it added above move into the function. A sample that has
    neither is returned as it is.
    """
    known = hole.prefix.strip()
    if known and known in sample:
        space = hole.prefix[len(hole.prefix.rstrip()) :]
        return sample.partition(known)[2].removeprefix(space)
    headers = list(_HEADER.finditer(hole.prefix))
    if headers:
        again = re.search(_HEADER_OF.format(re.escape(headers[-1].group(1))), sample, re.M | re.S)
        if again:
            return _imports(sample[: again.start()], hole.prefix) + sample[again.end() :]
    return sample


def _imports(above: str, known: str) -> str:
    lines = [line for line in _IMPORT.findall(above) if line not in known]
    return "".join(f"    {line}\n" for line in lines)
