"""What a hole looks like from outside: numbers that say nothing about what is written there.

They are read from a few thousand characters around the cursor without a parse, because they are
needed before every request. The idea and many of the features are those of the filters that
published completion tools ask before they call a model: a contextual filter (de Moor et al. 2024,
arXiv 2405.14753, appendix) and FrugalCoder (Sun et al. 2022, arXiv 2209.05948).
"""

from __future__ import annotations

import math
import re

from code_checks.hole import Extent, Hole
from code_checks.languages import all_languages
from code_checks.text.lexical import AUTO_CLOSED, balance, is_string
from code_checks.text.similarity import identifiers_in
from ensemble.linear.linear_scorer import Features
from ensemble.request import Trigger
from ensemble.routing.cursor_place import CursorPlace, cursor_place_of

_BEFORE, _AFTER = 3_000, 600
_NAMES_WITHIN = 1_500
_WORD = re.compile(r"[^\W\d]\w*")
_LANGUAGES = frozenset(language.name for language in all_languages())
OTHER_LANGUAGE = "other"


def known_language(language: str) -> str:
    """Return a language's identifier, or one word for all that are not known here: what a client
    calls a language could be anything."""
    return language if language in _LANGUAGES else OTHER_LANGUAGE


def hole_features(hole: Hole, trigger: Trigger, extent: Extent) -> Features:
    """Return the features of a request, each about 0 to 1; what is 0 is left out.

    Pure, and well below a millisecond for any document.
    """
    near = Hole(hole.language, hole.prefix[-_BEFORE:], hole.suffix[:_AFTER])
    found: Features = {
        "invoked": float(trigger is Trigger.INVOKED),
        f"extent:{extent.value}": 1.0,
        f"language:{known_language(hole.language)}": 1.0,
        "file_size": _log(len(hole.prefix) + len(hole.suffix), 12),
        "before_size": _log(len(hole.prefix), 12),
        "suffix_empty": float(not near.suffix.strip()),
    }
    found |= _of_line(near) | _of_neighbors(near) | _of_brackets(near) | _of_names(near)
    return {name: round(value, 4) for name, value in found.items() if value}


def _of_line(hole: Hole) -> Features:
    head, tail = hole.line_head, hole.line_tail.strip()
    return {
        "head_length": _log(len(head.strip()), 5),
        "head_blank": float(not head.strip()),
        "head_in_word": float(bool(head) and (head[-1].isalnum() or head[-1] == "_")),
        "head_ends_in_space": float(bool(head.strip()) and head[-1].isspace()),
        "indentation": min(len(head) - len(head.lstrip()), 24) / 24,
        "tail_blank": float(not tail),
        "tail_closers": float(bool(tail) and not tail.strip(AUTO_CLOSED)),
    }


def _of_neighbors(hole: Hole) -> Features:
    above_lines = hole.prefix[: len(hole.prefix) - len(hole.line_head)].splitlines()
    above = next((line for line in reversed(above_lines) if line.strip()), "")
    below = next(
        (line for line in hole.suffix[len(hole.line_tail) :].splitlines() if line.strip()), ""
    )
    step = _indentation(below) - _indentation(above)
    head = hole.line_head.strip()
    return {
        "above_blank": float(bool(above_lines) and not above_lines[-1].strip()),
        "above_opens": float(above.rstrip().endswith((":", "{", "(", "[", "do", "then"))),
        "above_is_prose": float(above.strip().startswith(("#", "//", "*", '"""', "--"))),
        "above_returns": float(above.strip().startswith(("return", "break", "raise", "continue"))),
        "above_length": _log(len(above.strip()), 5),
        "below_length": _log(len(below.strip()), 5),
        "below_none": float(not below),
        "below_deeper": float(bool(below) and step > 0),
        "below_shallower": float(bool(below) and step < 0),
        "below_returns": float(below.strip().startswith("return")),
        # A line that begins like an earlier one is likely to go on like it.
        "head_repeats": float(
            len(head) > 2 and any(line.strip().startswith(head) for line in above_lines)
        ),
    }


def _of_brackets(hole: Hole) -> Features:
    state = balance(hole)
    place = cursor_place_of(hole.line_head, state.open, state.inside)
    innermost = state.open[-1:]
    return {
        f"place:{place.value}": 1.0,
        "in_call": float(innermost == "("),
        "in_brackets": float(innermost == "["),
        "in_braces": float(innermost == "{"),
        "in_string": float(bool(state.inside) and is_string(state.inside)),
        "in_comment": float(place is CursorPlace.COMMENT),
        "depth": min(len(state.open), 4) / 4,
    }


def _of_names(hole: Hole) -> Features:
    head = _WORD.findall(hole.line_head)
    earlier = hole.prefix[: len(hole.prefix) - len(hole.line_head)]
    nearby = identifiers_in(earlier[-_NAMES_WITHIN:])
    known = sum(name in nearby for name in head)
    return {
        "names_nearby": _log(len(nearby), 6),
        "names_on_head": _log(len(head), 3),
        "names_known": known / len(head) if head else 0.0,
        "names_below": _log(len(identifiers_in(hole.suffix)), 6),
    }


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _log(count: int, scale: float) -> float:
    return min(math.log1p(count) / scale, 1.5)
