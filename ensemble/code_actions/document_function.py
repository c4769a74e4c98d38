"""Documenting a function: a docstring or a doc comment, written by a model and checked.

The models fill a hole where documentation belongs. What they write is put into form here and kept
only if the document parses as well as before and it says something of its own: neither code, nor
what another function's documentation says, nor a parameter that the function does not have.
"""

from __future__ import annotations

import asyncio
import re
import textwrap
from dataclasses import dataclass

from code_checks.fixes.syntax_errors import syntax_errors
from code_checks.hole import Extent, Hole
from code_checks.languages import language_named
from code_checks.languages.facts import DocStyle
from code_checks.trees.functions import Function, function_at
from ensemble.async_iterators import closing
from ensemble.cascade.completer import Completer
from ensemble.cascade.unchecked import UncheckedText
from ensemble.code_actions.proposal import ActionRequest, Change, Proposal, declined, proposed
from ensemble.trace.action_events import EditTried
from ensemble.trace.trace import Journal, shortened

_MOST_LINES = 12
_LINE_LENGTH = 100
_WORD = re.compile(r"[^\W\d_]{2,}")
_PARAMETER = re.compile(r"(?m)^\s*(?::param\s+(?:\w+\s+)?|@param\s+(?:\{[^}]*\}\s+)?)(\w+)")


async def document_function(
    order: ActionRequest, completer: Completer, journal: Journal
) -> Proposal:
    """Propose documentation for the function at the order's place."""
    title = "Document this function"
    function = await asyncio.to_thread(function_at, order.language, order.source, order.offset)
    known = language_named(order.language)
    style = known.documentation if known else None
    if function is None or style is None:
        return declined(journal, title, "there is no function that could be documented here")
    if function.documentation:
        return declined(journal, title, f"{function.name} is documented already")
    place = _DocumentationPlace.of(order, function, style)
    request = order.request(place.hole(order), Extent.BLOCK, max_lines=_MOST_LINES)
    async with closing(completer.unchecked_texts(request, journal)) as tiers:
        async for drafts in tiers:
            text = await asyncio.to_thread(_first_good, order, place, drafts, journal)
            if text:
                change = Change(place.at, place.at, place.dressed(text))
                return proposed(
                    journal, f"Document {function.name}", "the document parses", [change]
                )
    return declined(journal, title, "no model wrote anything that passes the checks")


@dataclass(frozen=True, slots=True)
class _DocumentationPlace:
    """Where a function's documentation goes in, and how it is marked there."""

    function: Function
    """The function that is documented."""
    style: DocStyle
    """The marks of documentation in the document's language."""
    at: int
    """The offset at which the lines of documentation go in."""
    indent: str
    """The indentation of these lines."""

    @classmethod
    def of(cls, order: ActionRequest, function: Function, style: DocStyle) -> _DocumentationPlace:
        start = function.body[0] if style.inside else function.span[0]
        line = order.source.rfind("\n", 0, start) + 1
        rest = order.source[line:]
        indent = rest[: len(rest) - len(rest.lstrip(" \t"))]
        return cls(function, style, line, indent)

    @property
    def opening(self) -> str:
        """What stands before the text: marks, and perhaps the function's name."""
        first = f"{self.style.line}" if "\n" in self.style.begin else ""
        lead = f"{self.indent}{self.style.begin}".replace("\n", f"\n{self.indent}{first}")
        return lead + (f"{self.function.name} " if self.style.begins_with_name else "")

    def hole(self, order: ActionRequest) -> Hole:
        """Return the hole for the text, between its marks."""
        end = self.style.end.replace("\n", f"\n{self.indent}")
        return Hole(
            order.language,
            order.source[: self.at] + self.opening,
            f"{end}\n{order.source[self.at :]}",
        )

    def dressed(self, text: str) -> str:
        """Return documentation with its marks, as whole lines."""
        lines = text.split("\n")
        lead = self.indent + self.style.line
        rest = "".join(f"\n{(lead + line).rstrip()}" for line in lines[1:])
        end = self.style.end.replace("\n", f"\n{self.indent}")
        if self.style.inside and len(lines) > 1:
            end = f"\n{self.indent}{end}"
        return f"{self.opening}{lines[0]}{rest}{end}\n"


def _first_good(
    order: ActionRequest,
    place: _DocumentationPlace,
    drafts: tuple[UncheckedText, ...],
    journal: Journal,
) -> str | None:
    for draft in drafts:
        text = undressed(draft.candidate.text, place.style)
        objection = _objection(order, place, text)
        journal.note(
            EditTried(
                how=draft.candidate.model,
                text=shortened(text),
                helped=int(not objection),
                detail=objection,
            )
        )
        if not objection:
            return text
    return None


def undressed(written: str, style: DocStyle) -> str:
    """Return what a model wrote as documentation, without its marks and what comes after them."""
    text = written.replace("\r\n", "\n").split(style.stop)[0]
    lines = text.split("\n")
    if style.line and not style.inside:
        mark = style.line.strip()
        going_on = [line.strip().startswith(mark) for line in lines[1:]]
        end = 1 + (going_on.index(False) if False in going_on else len(going_on))
        lines = [
            lines[0],
            *(line.strip().removeprefix(mark)[:_LINE_LENGTH] for line in lines[1:end]),
        ]
        lines = [lines[0], *(line.removeprefix(" ") for line in lines[1:])]
    first, rest = lines[0].strip(), textwrap.dedent("\n".join(lines[1:_MOST_LINES])).rstrip()
    return f"{first}\n{rest}" if rest else first


def _objection(order: ActionRequest, place: _DocumentationPlace, text: str) -> str:
    """Return why a text is no documentation of the function, or ""."""
    if len(_WORD.findall(text)) < 2:
        return "it says nothing"
    if '"""' in text or "*/" in text or "\\" in text:
        return "it would end or escape its own marks"
    if text.partition("\n")[0] in order.source:
        return "it repeats what the document says already"
    if place.style.inside and text.rstrip().endswith('"'):
        return "it would end or escape its own marks"
    unknown = set(_PARAMETER.findall(text)) - {p.lstrip("*") for p in place.function.parameters}
    if unknown:
        return f"there is no parameter {min(unknown)}"
    before = syntax_errors(order.language, order.source)
    source = order.source[: place.at] + place.dressed(text) + order.source[place.at :]
    after = syntax_errors(order.language, source)
    if before is None or after is None:
        return "the document cannot be parsed"
    worse = after.severity.faults > before.severity.faults
    if worse or (after.severity.uncompiled and not before.severity.uncompiled):
        return "the document would not parse"
    return ""
