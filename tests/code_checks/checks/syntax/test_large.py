"""Documents that are long, deep or odd: the check answers, and about the right place."""

from __future__ import annotations

import pytest

from code_checks.checks.dead_code import check_dead_code
from code_checks.checks.names import check_names
from code_checks.checks.syntax import check_syntax
from code_checks.hole import Hole
from code_checks.text.enclosing import MAX_LINES, enclosing_definition
from code_checks.verdict import Outcome

_UNITS = {
    "python": ("def f{0}(x):\n    y = {{\n        'a': x,\n    }}\n", "\n    return y\n\n\n"),
    "javascript": ("function f{0}(x) {{\n  const y = [\n    x,\n  ];\n", "\n  return y;\n}}\n\n"),
    "c": ("static int\nf{0}(int x)\n{{\n\tint y = x;\n#if A\n\ty++;\n#endif\n", "\n}}\n\n"),
    "java": ("  int f{0}(int x) {{\n    int y = x;\n", "\n    return y;\n  }}\n\n"),
    "css": (".a{0},\n.b{0} {{\n  color: red;\n", "\n}}\n\n"),
    "ruby": ("def f{0}(x)\n  y = x\n", "\n  y\nend\n\n"),
}
_TEXTS = {
    "python": ("    z = y", "    z = (y", "    return y + zz"),
    "javascript": ("  const z = y;", "  const z = (y;", ""),
    "c": ("\treturn y;", "\treturn y;;)", ""),
    "java": ("    int z = y;", "    int z = (y;", ""),
    "css": ("  width: 1px;", "  width; 1px", ""),
    "ruby": ("  z = y", "  z = (y", ""),
}


def _long_hole(language: str, units: int = 5_000) -> Hole:
    begin, end = _UNITS[language]
    head, tail = ("class A {\n", "}\n") if language == "java" else ("", "")
    whole = [(begin + end).format(number) for number in range(units)]
    middle = units // 2
    before = head + "".join(whole[:middle]) + begin.format("_here")
    return Hole(language, before, end.format() + "".join(whole[middle:]) + tail)


@pytest.mark.parametrize("language", _UNITS)
def test_a_line_in_a_file_of_more_than_20_000_lines(language: str) -> None:
    hole = _long_hole(language)
    assert hole.fill("").count("\n") > 20_000
    right, wrong, unknown = _TEXTS[language]
    assert check_syntax(hole, right).outcome is Outcome.PASS
    assert check_syntax(hole, wrong).outcome is Outcome.FAIL
    assert check_names(hole, right).outcome is not Outcome.FAIL
    if unknown:
        assert check_names(hole, unknown).outcome is Outcome.FAIL
        assert check_names(hole, "    return f_here(f0)").outcome is Outcome.PASS


@pytest.mark.parametrize("language", _UNITS)
def test_a_long_document_is_narrowed_to_what_encloses_the_hole(language: str) -> None:
    hole = _long_hole(language)
    frame = enclosing_definition(hole)
    assert frame is not None
    assert frame.fill("").count("\n") < MAX_LINES
    assert hole.prefix.endswith(frame.prefix[-20:])
    assert "_here" in frame.prefix or language == "css"


@pytest.mark.parametrize("language", ["python", "javascript", "json", "c", "rust", "ruby", "yaml"])
@pytest.mark.parametrize(
    "text",
    [
        "(" * 9_000 + ")" * 9_000,
        "[" * 20_000,
        "-" * 19_000 + "1",
        "x = " + "+".join("a" * 9_000),
        "f" + ".f()" * 4_000,
        "".join("\n" + " " * depth + "if x:" for depth in range(150)),
        "x = [" + "1, " * 6_000 + "]",
        "\ud800 = '\udfff'",
        "'" * 4_001,
        "\r\r\n\n\r",
        "\ufeffx = 1",
        "x" * 300_000,
    ],
    ids=range(12),
)
def test_extreme_texts_get_an_answer(language: str, text: str) -> None:
    hole = Hole(language, "x = 1\n", "\ny = 2\n")
    for check in (check_syntax, check_names, check_dead_code):
        verdict = check(hole, text)
        assert verdict.outcome in Outcome
        assert verdict.detail or verdict.outcome is Outcome.PASS


def test_what_is_too_deep_for_this_python_is_skipped() -> None:
    hole = Hole("python", "x = 1\n", "\ny = 2\n")
    verdict = check_syntax(hole, "z = " + "(" * 5_000 + "1" + ")" * 5_000)
    assert verdict.outcome is Outcome.SKIP
    assert "deep" in verdict.detail


def test_a_very_long_line_is_skipped() -> None:
    hole = Hole("javascript", "x = [" + "1," * 150_000, "2]")
    assert check_syntax(hole, "3,").outcome is Outcome.SKIP


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    hole = Hole("python", "", "\n")
    for text in (r"x = '\d'", "1 is 1", "-" * 9_000 + "1", "assert (1, 2)", "(" * 300):
        check_syntax(hole, text)
        check_names(hole, text)
    assert capfd.readouterr() == ("", "")
