"""The checks and the vote key answer for any document and any text, in any language."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from code_checks.checks.attributes import check_attributes
from code_checks.checks.dead_code import check_dead_code
from code_checks.checks.names import check_names
from code_checks.checks.syntax import check_syntax
from code_checks.hole import Hole
from code_checks.languages import all_languages
from code_checks.trees.canonical import canonical_key
from code_checks.verdict import Outcome
from tests.ensemble.cascade.choosing.cases import choosing_cases

_NAMES = [*(language.name for language in all_languages()), "plaintext", "tsx", "C++", ""]
_SNIPPETS = [
    *("{", "}", "(", ")", "[", "]", "\n", "\r\n", "\r", "\t", "    ", "\f", "\0", "\\\n", ":"),
    *('"', "'", '"""', "`", "${", "<a>", "</a>", "<!--", "#if", "#endif", "<<EOF\n", "//", "/*"),
    *(
        "def f():\n",
        "if x:",
        "try:\n",
        "class A",
        "end\n",
        "do |x|",
        "then\n",
        "fi",
        "🎉",
        "\ufeff",
    ),
    *(
        "x = 1",
        "return",
        "await x",
        "@",
        "- a: b",
        "key = ",
        "%magic",
        "# %%\n",
        "lambda",
        "\ud800",
    ),
]
_CODE = st.lists(st.sampled_from(_SNIPPETS) | st.text(max_size=6), max_size=12).map("".join)
_HOLES = st.builds(Hole, st.sampled_from(_NAMES), _CODE, _CODE)
_CASES = choosing_cases()


def check(hole: Hole, text: str) -> None:
    for check_of in (check_syntax, check_names, check_attributes, check_dead_code):
        verdict = check_of(hole, text)
        if verdict is None:
            continue
        assert verdict.outcome in Outcome
        assert verdict.ms >= 0
        assert verdict.detail or verdict.outcome is Outcome.PASS
    assert canonical_key(hole, text) == canonical_key(hole, text)
    hash(canonical_key(hole, text))


@settings(deadline=None, max_examples=300)
@given(_HOLES, _CODE)
def test_any_hole_and_any_text(hole: Hole, text: str) -> None:
    check(hole, text)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_any_hole_in_real_code(data: st.DataObject) -> None:
    chosen = data.draw(st.sampled_from(_CASES))
    source = chosen.hole.fill(chosen.right)
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, min(len(source), start + 40)))
    hole = Hole(chosen.hole.language, source[:start], source[end:])
    check(hole, source[start:end])
    check(hole, data.draw(_CODE))


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_what_was_there_passes(data: st.DataObject) -> None:
    """Whatever is cut out of sound code and put back is not failed."""
    chosen = data.draw(st.sampled_from(_CASES))
    source = chosen.hole.fill(chosen.right)
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, len(source)))
    hole = Hole(chosen.hole.language, source[:start], source[end:])
    assert check_syntax(hole, source[start:end]).outcome is Outcome.PASS
    for check_of in (check_names, check_attributes, check_dead_code):
        verdict = check_of(hole, source[start:end])
        assert verdict is None or verdict.outcome is not Outcome.FAIL
