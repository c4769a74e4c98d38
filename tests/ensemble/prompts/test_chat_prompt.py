"""Chat templates are untrusted: the question arrives as text, or the template is not used."""

from __future__ import annotations

import pytest

from code_checks.hole import Hole
from ensemble.models.info import ModelInfo
from ensemble.prompts.build_prompt import build_prompt
from ensemble.prompts.chat import chat_frame

PLAIN_LOOP = (
    "{{ bos_token }}{% for message in messages %}<|{{ message['role'] }}|>\n"
    "{{ message['content'] | trim }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
USABLE = {
    "plain": (PLAIN_LOOP, ("<s><|user|>\n", "<|end|>\n<|assistant|>\n")),
    "refuses a system message": (
        "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
        "<turn>{{ messages[0].content }}<answer>",
        ("<turn>", "<answer>"),
    ),
    "opens a thought": (
        "<user>{{ messages[-1]['content'] }}<assistant><think>\n",
        ("<user>", "<assistant><think>\n\n</think>\n\n"),
    ),
    "asks for thoughts unless told otherwise": (
        "<user>{{ messages[0].content }}<assistant>"
        "{% if enable_thinking is not defined or enable_thinking %}<think>{% endif %}",
        ("<user>", "<assistant>"),
    ),
    "counts messages": (
        "{% for i in range(messages | length) %}{{ messages[i].content }}{% endfor %}"
        "<a{{ 3 % 2 }}>",
        ("", "<a1>"),
    ),
}
UNUSABLE = {
    "none": "",
    "broken": "{% for message in messages %}",
    "unknown filter": "{{ messages[0].content | shout }}",
    "loses the question": "{% for message in messages %}<|{{ message['role'] }}|>{% endfor %}",
    "repeats the question": "{{ messages[0].content }}{{ messages[0].content }}",
    "escapes the question": "{{ messages[0].content | tojson }}",
    "refuses": "{{ raise_exception('no') }}",
    "divides by zero": "{{ 1 // 0 }}{{ messages[0].content }}",
    "reaches for Python": "{{ ''.__class__.__mro__[1].__subclasses__() }}{{ messages[0].content }}",
    "changes the messages": "{% set _ = messages.clear() %}{{ messages[0].content }}",
    "too large": "{# " + "x" * 70_000 + " #}{{ messages[0].content }}",
    "writes too much": (
        "{% for i in range(100) %}{% for j in range(100) %}0123456789{% endfor %}{% endfor %}"
        "{{ messages[0].content }}"
    ),
    "long range": "{% for i in range(10 ** 9) %}{% endfor %}{{ messages[0].content }}",
    "long text": "{{ 'a' * 10000000000 }}{{ messages[0].content }}",
    "wide text": "{{ '%9999999999d' % 1 }}{{ messages[0].content }}",
    "adds without end": "{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}",
}
CODE = Hole("python", "def double(x):\n    return ", "\n\nprint(double(2))")


@pytest.mark.parametrize("name", USABLE)
def test_usable(name: str) -> None:
    template, frame = USABLE[name]
    assert chat_frame(template, "<s>") == frame


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_templates_give_a_plain_prompt(name: str) -> None:
    assert chat_frame(UNUSABLE[name], "<s>") is None
    prompt = build_prompt(CODE, ModelInfo("instruct", chat_template=UNUSABLE[name]))
    assert "".join(piece.text for piece in prompt.pieces) + prompt.head == CODE.prefix
    assert not any(piece.special for piece in prompt.pieces)


def test_only_template_text_is_special() -> None:
    source = "x = '<|assistant|>{{ bos_token }}{% raw %}\ue000question\ue001'\n"
    hole = Hole("python", source, source)
    prompt = build_prompt(hole, ModelInfo("instruct", chat_template=PLAIN_LOOP, bos="<s>"))
    special = [piece.text for piece in prompt.pieces if piece.special]
    assert special == ["<s><|user|>\n", "<|end|>\n<|assistant|>\n"]
    written = "".join(piece.text for piece in prompt.pieces if not piece.special)
    assert written.count(source) == 2


def test_the_answer_goes_on_with_the_current_line() -> None:
    prompt = build_prompt(CODE, ModelInfo("instruct", chat_template=PLAIN_LOOP))
    assert prompt.pieces[-1].text == "```python\n"
    assert prompt.head == "    return "
    written = "".join(piece.text for piece in prompt.pieces)
    assert "def double(x):\n<HOLE>\n\nprint(double(2))\n```" in written
