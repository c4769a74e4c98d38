"""What `complete` and `explain` say, with models that say what they are told to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
import pytest

from ensemble.engines.engine import Engine
from ensemble.engines.scripted import Script, ScriptedEngine
from ensemble.errors import EngineUnavailable, ModelRefused
from ensemble.models.info import ModelInfo
from ensemble.request import Trigger
from lsp_server.commands.command_errors import CommandError
from lsp_server.commands.completion.cli_request import CliOptions, CliRequest, EngineBuilder
from lsp_server.commands.completion.complete import complete
from lsp_server.commands.completion.explain import explain
from lsp_server.settings.layers import Settings

SOURCE = "def add(a, b):\n    return \n\n\nprint(add(1, 2))\n"


class Verdict(msgspec.Struct, forbid_unknown_fields=True):
    check: str
    outcome: str
    detail: str
    ms: float


class Completion(msgspec.Struct, forbid_unknown_fields=True):
    text: str
    model: str
    tier: int
    share: float
    mean_logprob: float | None
    verdicts: list[Verdict]


class Step(msgspec.Struct, forbid_unknown_fields=True):
    ms: float
    event: str
    facts: dict[str, object]


class Tokens(msgspec.Struct, forbid_unknown_fields=True):
    prompt: int
    reused: int
    generated: int


class Contract(msgspec.Struct, forbid_unknown_fields=True):
    """The one JSON document that scripts rely on, with every field required."""

    completions: list[Completion]
    trace: list[Step]
    tokens: Tokens
    elapsed_ms: float


class Refused(ScriptedEngine):
    """A model whose file is unusable."""

    async def info(self) -> ModelInfo:
        raise ModelRefused(f"/models/{self.name}.gguf: not a usable model file. Copy it again.")


def saying(*engines: Engine) -> EngineBuilder:
    """Return a builder that knows these models only."""

    def build(settings: Settings, models: Iterable[str]) -> Mapping[str, Engine]:
        wanted = set(models)
        return {engine.name: engine for engine in engines if engine.name in wanted}

    return build


def small(*texts: str | Script) -> ScriptedEngine:
    return ScriptedEngine("small", texts)


def large(*texts: str | Script) -> ScriptedEngine:
    return ScriptedEngine("large", texts)


SURE = Script("a + b", logprobs=(-0.1, -0.3))


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A position in a file of a workspace."""
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    return "src/app.py:2:12"


def answered(
    target: str,
    build: EngineBuilder,
    capfd: pytest.CaptureFixture[str],
    options: CliOptions | None = None,
) -> Contract:
    """Return what `--json` prints, checked against the contract; nothing else may be printed."""
    assert complete(target, options or CliOptions(), as_json=True, build=build) == 0
    printed, complaints = capfd.readouterr()
    assert printed.endswith("\n")
    assert complaints == ""
    return msgspec.json.decode(printed, type=Contract, strict=True)


def test_the_json_document_has_the_contracts_fields(
    target: str, capfd: pytest.CaptureFixture[str]
) -> None:
    document = answered(target, saying(small(SURE), large()), capfd, CliOptions(samples=1))
    (completion,) = document.completions
    assert (completion.text, completion.model, completion.tier) == ("a + b", "small", 0)
    assert completion.share == pytest.approx(1.0)
    assert completion.mean_logprob == pytest.approx(-0.2)
    found = {verdict.check: verdict.outcome for verdict in completion.verdicts}
    assert found == {"syntax": "PASS", "names": "PASS", "dead_code": "PASS"}
    assert document.trace[0].event == "route"
    assert document.trace[-1].event == "finished"


def test_the_text_alone_is_printed_without_json(
    target: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert complete(target, CliOptions(), as_json=False, build=saying(small("a + b"), large())) == 0
    assert capfd.readouterr() == ("a + b\n", "")


def test_nothing_to_suggest_is_no_failure(target: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert (
        complete(target, CliOptions(), as_json=False, build=saying(small("c +"), large("d +"))) == 0
    )
    printed, said = capfd.readouterr()
    assert printed == ""
    assert said == f"coterie: nothing to suggest there; `coterie explain {target}` says why\n"
    assert answered(target, saying(small("c +"), large("d +")), capfd).completions == []


def test_the_final_answer_is_waited_for(target: str, capfd: pytest.CaptureFixture[str]) -> None:
    # The deadline of an automatic request passes long before the large model has spoken.
    build = saying(small("c +"), large(Script("a + b", after=0.4)))
    document = answered(target, build, capfd)
    assert [completion.model for completion in document.completions] == ["large"]
    assert "deadline" in {step.event for step in document.trace}


def test_samples_and_tiers_are_obeyed(target: str, capfd: pytest.CaptureFixture[str]) -> None:
    engines = small("a + b"), large("b + a")
    options = CliOptions(samples=5, tiers=("large",))
    document = answered(target, saying(*engines), capfd, options)
    assert [completion.text for completion in document.completions] == ["b + a"]
    assert [len(request.samplings) for request in engines[1].requests] == [5]
    assert engines[0].requests == []


@pytest.mark.parametrize(
    ("invoked", "trigger", "deadline"),
    [(False, Trigger.AUTOMATIC, 0.25), (True, Trigger.INVOKED, 3.0)],
)
def test_a_request_knows_its_file_and_its_manner(
    target: str, invoked: bool, trigger: Trigger, deadline: float, tmp_path: Path
) -> None:
    request = CliRequest.at(target, CliOptions(invoked=invoked)).request
    assert (request.path, request.repository) == ("src/app.py", tmp_path.name)
    assert request.document == (tmp_path / "src" / "app.py").as_uri()
    assert (request.trigger, request.deadline) == (trigger, deadline)
    assert request.hole.line_head == "    return "


def test_one_unusable_model_is_said_and_the_other_asked(
    target: str, capfd: pytest.CaptureFixture[str]
) -> None:
    build = saying(Refused("small", ["x"]), large("a + b"))
    assert complete(target, CliOptions(), as_json=False, build=build) == 0
    printed, said = capfd.readouterr()
    assert printed == "a + b\n"
    assert said.startswith("coterie: /models/small.gguf: not a usable model file. Copy it again.\n")


def test_without_a_usable_model_every_reason_is_given(target: str) -> None:
    build = saying(Refused("small", ["x"]), Refused("large", ["x"]))
    with pytest.raises(CommandError, match=r"(?s)no model can be used:.*small\.gguf.*large\.gguf"):
        complete(target, CliOptions(), as_json=True, build=build)


def test_models_that_all_fail_are_a_failure(target: str) -> None:
    dead = Script(failure=EngineUnavailable("small: the model host died"))
    gone = Script(failure=EngineUnavailable("large: the server cannot be reached"))
    with pytest.raises(CommandError, match=r"(?s)no model could answer:.*died.*cannot be reached"):
        complete(target, CliOptions(), as_json=True, build=saying(small(dead), large(gone)))


def test_mistakes_in_the_settings_are_said_beside_the_answer(
    target: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".coterie.toml").write_text("polcy = 1")
    assert complete(target, CliOptions(), as_json=False, build=saying(small("a + b"), large())) == 0
    printed, said = capfd.readouterr()
    assert printed == "a + b\n"
    assert "`polcy`: unknown key, did you mean `policy`?" in said


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        ("", 1, 1),
        ("x = 1\r\ny = ", 2, 5),
        ("x = 1\n", 2, 1),
        ("x = 1\n" * 20_000, 1, 1),
        ("x = 1\n" * 20_000, 20_001, 1),
    ],
    ids=["empty file", "CRLF", "end", "first of many lines", "behind the last of many lines"],
)
def test_every_file_can_be_asked_about(
    source: str, line: int, column: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "any.py"
    file.write_bytes(source.encode())
    document = answered(f"{file}:{line}:{column}", saying(small("y = 2"), large("y = 2")), capfd)
    # What is cut off a candidate depends on what stands around the hole.
    assert {completion.text for completion in document.completions} <= {"y = 2", "y = 2\n", "2"}
    assert document.trace[-1].event == "finished"


EXPLAINED = {
    "decided": (
        ("a + b", "a + b", "a + "), ("a + b",),
        ("route      small × 3, then large × 2", "tier 1     small wrote", "· characters: ",
         "✓ syntax", "✓ names", "decided", "with 89% of the votes:", "     2 ▎    return a + b\n"),
    ),
    "escalated": (
        ("unknown", "a +", "b +"), ("a + b",),
        ("✗ syntax", "✗ names unknown name 'unknown'", "no candidate passed",
         "escalated  to large: ", "tier 2     large wrote", "large, tier 2"),
    ),
    "abstained": (
        ("a +",), ("b +",), ("abstained", "Nothing is suggested here."),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("first", "second", "said"), EXPLAINED.values(), ids=EXPLAINED)
def test_an_explanation_tells_the_way(
    first: tuple[str, ...],
    second: tuple[str, ...],
    said: tuple[str, ...],
    target: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    build = saying(ScriptedEngine("small", first), ScriptedEngine("large", second))
    assert explain(target, CliOptions(invoked=True), build=build) == 0
    printed, complaints = capfd.readouterr()
    for text in said:
        assert text in printed
    assert complaints == ""
    assert "\x1b" not in printed
    assert all(line == line.rstrip() for line in printed.splitlines())


def test_an_explanation_names_a_model_that_failed(
    target: str, capfd: pytest.CaptureFixture[str]
) -> None:
    dead = Script(failure=EngineUnavailable("small: the model host died"))
    assert explain(target, CliOptions(), build=saying(small(dead), large("a + b"))) == 0
    assert "failed     small: the model host died" in capfd.readouterr().out


def test_an_explanation_does_not_steer_the_terminal(
    target: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "src" / "app.py").write_text(SOURCE.replace("):", "):  # \x1b[2J"))
    assert explain(target, CliOptions(), build=saying(small("a + b"), large())) == 0
    assert "# \ufffd[2J" in capfd.readouterr().out
