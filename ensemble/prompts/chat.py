"""A hole put to an instruct model that has no fill-in-the-middle tokens, in its own chat format.

The model's template decides the control tokens around the question; the question, and the user's
text in it, is put in afterwards, so that it can never become a control token. The answer's
beginning is written for the model: a code fence, then the current line up to the cursor, so that
it goes on from there as it would after a middle token.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from jinja2 import TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from code_checks.languages import language_named
from ensemble.engines.prompt import ESSENTIAL, Piece
from ensemble.models.info import ModelInfo
from ensemble.prompts.file_headings import shown_path

_SENTINEL = "\ue000question\ue001"
_LARGEST_TEMPLATE = 64 * 1024
_LARGEST_RESULT = 64 * 1024
_LONGEST_RANGE = 100
_LARGEST_NUMBER = 100_000
_HOLE = "<HOLE>"


def chat_prompt(
    info: ModelInfo,
    prefix: Sequence[Piece],
    suffix: Sequence[Piece],
    *,
    path: str,
    language: str,
    context: Sequence[Piece] = (),
) -> tuple[Piece, ...] | None:
    """Return the pieces of a chat that ends where the current line's beginning is to be forced.

    None if the model's template cannot be used: too large, broken, or it loses the question.
    """
    frame = chat_frame(info.chat_template, info.bos)
    if frame is None:
        return None
    opening, closing = frame
    fence = f"```{language if language_named(language) else ''}\n"
    name = shown_path(path)
    task = (
        f"In this file, {_HOLE} stands for missing text that begins at the beginning of a line.\n\n"
        f"{f'File: {name}' + chr(10) if name else ''}{fence}"
    )
    wish = (
        f"```\n\nWrite the text that {_HOLE} stands for, in one code block and nothing else: "
        "no explanation, and no line of the file that is there already."
    )
    return (
        Piece.control(opening),
        _asked(task),
        *context,
        *prefix,
        _asked(_HOLE),
        *suffix,
        _asked(("" if _ends_line(suffix) else "\n") + wish),
        Piece.control(closing),
        _asked(fence),
    )


@lru_cache(maxsize=16)
def chat_frame(template: str, bos: str = "") -> tuple[str, str] | None:
    """Return what a chat template writes before and after the user's one message, or None.

    Templates come from model files, so they run in Jinja's sandbox, without access to Python, with
    short ranges and small products, and what they write is limited. A template that burns time or
    memory on purpose by other means is not stopped: it is rendered once per model, and a model
    is a file that a person chose.
    """
    if not template or len(template) > _LARGEST_TEMPLATE:
        return None
    try:
        rendered = _render(template, bos)
    # Whatever an untrusted template does wrong, the answer is the same: it cannot be used.
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError,
            RecursionError, MemoryError, SyntaxError):  # fmt: skip
        return None
    opening, found, closing = rendered.partition(_SENTINEL)
    if not found or _SENTINEL in closing:
        return None
    if closing.rfind("<think>") > closing.rfind("</think>"):
        closing = closing.rstrip("\n") + "\n\n</think>\n\n"
    return opening, closing


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox with the arithmetic limited that could fill the memory at once."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        for side in (left, right):
            if not isinstance(side, int | float) or abs(side) > _LARGEST_NUMBER:
                raise SecurityError(f"operands of {operator} must be small numbers")
        if operator == "**":
            raise SecurityError("powers are not needed in a chat template")
        return super().call_binop(context, operator, left, right)


def _render(template: str, bos: str) -> str:
    environment = _Environment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals["range"] = _short_range
    environment.globals["raise_exception"] = _refuse
    environment.globals["strftime_now"] = lambda form: ""  # The same prompt every day.
    message = {"role": "user", "content": _SENTINEL}
    written: list[str] = []
    size = 0
    for part in environment.from_string(template).generate(
        messages=[message],
        add_generation_prompt=True,
        enable_thinking=False,
        bos_token=bos,
        eos_token="",
        tools=None,
    ):
        size += len(part)
        if size > _LARGEST_RESULT:
            raise SecurityError("the chat template writes too much")
        written.append(part)
    return "".join(written)


def _short_range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > _LONGEST_RANGE:
        raise SecurityError("a chat template has no use for a range this long")
    return numbers


def _refuse(message: str = "") -> None:
    raise TemplateError(message)


def _asked(text: str) -> Piece:
    return Piece(text, "question", ESSENTIAL)


def _ends_line(pieces: Sequence[Piece]) -> bool:
    return bool(pieces) and pieces[-1].text.endswith("\n")
