"""`coterie doctor`: does everything work here, and if not, what is to be done?"""

from __future__ import annotations

import asyncio
import platform
import re
import time
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from rich.table import Table
from rich.text import Text

from code_checks.languages import all_languages, parser
from code_checks.sandbox import Level, probe_sandbox
from ensemble.candidate import Generation
from ensemble.engines.engine import Engine
from ensemble.engines.local.probe import probe_model
from ensemble.errors import EngineError
from ensemble.models.gguf_header import read_header
from ensemble.models.info import ModelInfo
from ensemble.policy.policy import Policy
from lsp_server.answers.build_engines import build_engines, policy_of
from lsp_server.answers.printable import one_line
from lsp_server.commands.completion.cli_request import EngineBuilder
from lsp_server.commands.console import print_json, show
from lsp_server.commands.round_trip import PATIENCE_SECONDS, fill_test_hole
from lsp_server.settings.layers import Effective, Settings
from lsp_server.settings.project import Project


class FindingStatus(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    name: str
    status: FindingStatus
    """How it stands."""
    detail: str
    """What was found."""
    remedy: str = ""
    """What to do about it, or ""."""


class DoctorReport(msgspec.Struct, frozen=True):
    """The outcome of an examination."""

    works: bool
    """Whether completing is possible."""
    findings: list[Finding]
    """What was looked at, in order."""
    settings: list[Effective]
    """The settings that hold."""


def doctor(*, as_json: bool, build: EngineBuilder = build_engines) -> int:
    """Print what was found; return 1 if nothing could be completed here."""
    settings = Project.of(Path("here")).settings()
    report = asyncio.run(examine(settings, build))
    if as_json:
        print_json(report)
    else:
        _show(report)
    return 0 if report.works else 1


async def examine(settings: Settings, build: EngineBuilder) -> DoctorReport:
    """Look at everything, the quick things first."""
    findings = [_python(), _platform(), _grammars(), *_configuration(settings)]
    policy = policy_of(settings)
    findings.append(policy_finding(settings, policy))
    findings.append(sandbox_finding(await asyncio.to_thread(probe_sandbox)))
    engines = build(settings, policy.models)
    try:
        findings += await _llama_cpp(settings, engines)
        checked = [await _model(engine) for engine in engines.values()]
    finally:
        await asyncio.gather(*(engine.close() for engine in engines.values()))
    works = any(finding.status is not FindingStatus.FAIL for finding in checked)
    return DoctorReport(works, findings + checked, list(settings.effective()))


def _python() -> Finding:
    return Finding(
        "python",
        FindingStatus.OK,
        f"{platform.python_implementation()} {platform.python_version()}",
    )


def _platform() -> Finding:
    return Finding("platform", FindingStatus.OK, f"{platform.system()} {platform.machine()}")


def _grammars() -> Finding:
    broken = []
    for language in all_languages():
        try:
            parser(language)
        except Exception as error:
            # A grammar is somebody else's binary: whatever it raises, it is not usable.
            broken.append(f"{language.name} ({error})")
    if not broken:
        return Finding("grammars", FindingStatus.OK, f"all {len(all_languages())} languages load")
    return Finding(
        "grammars", FindingStatus.WARN, f"not loaded: {', '.join(broken)}",
        "Install the coterie package again; until then these languages are not checked.",
    )  # fmt: skip


def sandbox_finding(level: Level) -> Finding:
    """Say what contains code here; without anything no tests are run, and completing goes on."""
    status = FindingStatus.WARN if level.remedy else FindingStatus.OK
    return Finding("sandbox", status, level.detail, level.remedy)


def _configuration(settings: Settings) -> Iterator[Finding]:
    found = Path(settings.file).exists()
    yield Finding(
        "settings",
        FindingStatus.OK,
        settings.file if found else f"defaults; no file {settings.file}",
    )
    for message in settings.messages:
        yield Finding("settings", FindingStatus.WARN, message, "Correct it, or take it out.")
    if not settings.enabled:
        yield Finding(
            "settings", FindingStatus.WARN, f"`enabled` is false ({settings.origin('enabled')})",
            "Set it to true to see suggestions again.",
        )  # fmt: skip


def policy_finding(settings: Settings, policy: Policy) -> Finding:
    """Say which policy is in force, who chose it, and what it asks."""
    name, fitted = policy.name, ""
    if settings.policy_file is not None:
        fitted_on = settings.policy_file.fitted_on
        name, fitted = str(settings.policy_path), f"; fitted on {fitted_on}" if fitted_on else ""
    tiers = ", ".join(f"{tier.model} × {tier.samples}" for tier in policy.tiers)
    reward = f"; judged by the reward {policy.reward}" if policy.reward else ""
    router = "; a learned router says where to begin" if policy.router else ""
    return Finding(
        "policy",
        FindingStatus.OK,
        f"{name} ({settings.origin('policy')}) asks {tiers}{reward}{router}{fitted}",
    )


async def _llama_cpp(settings: Settings, engines: Mapping[str, Engine]) -> list[Finding]:
    """Describe the llama.cpp build, as a probe of the first local model that opens reports it."""
    local = [settings.models[name] for name in engines if name in settings.models]
    paths = [spec.path for spec in local if spec.path]
    failures = []
    for path in paths:
        try:
            read_header(path)
            return [
                Finding("llama.cpp", FindingStatus.OK, _build_text((await probe_model(path)).build))
            ]
        except EngineError as error:
            failures.append(str(error))
    if not failures:
        return []
    return [
        Finding(
            "llama.cpp", FindingStatus.WARN, f"no model could be opened with it: {failures[0]}",
            "See the models below; if their files are sound, install llama-cpp-python again.",
        )
    ]  # fmt: skip


def _build_text(build: Mapping[str, Any]) -> str:
    gpu = "a GPU can be used" if build.get("gpu_offload") else "CPU only"
    # llama.cpp says `AVX2 = 1 | FMA = 1 | …`; what is there is enough.
    features = re.findall(r"(\w+) = 1\b", str(build.get("system", "")))
    version = build.get("llama_cpp_python", "of unknown version")
    return f"llama-cpp-python {version}, {gpu}; {' '.join(features)}".rstrip("; ")


async def _model(engine: Engine) -> Finding:
    name = f"model {engine.name}"
    try:
        info = await engine.info()
        started = time.perf_counter()
        generation = await asyncio.wait_for(fill_test_hole(engine, info), PATIENCE_SECONDS)
        seconds = time.perf_counter() - started
    except EngineError as error:
        remedy = "Correct the model's entry in the settings."
        return Finding(name, FindingStatus.FAIL, str(error), remedy)
    except TimeoutError:
        return Finding(
            name, FindingStatus.FAIL, f"did not fill a test hole within {PATIENCE_SECONDS:.0f} s",
            "Choose a smaller model, or fewer threads.",
        )  # fmt: skip
    return _round_trip(name, info, generation, seconds)


def _round_trip(name: str, info: ModelInfo, generation: Generation, seconds: float) -> Finding:
    usage = generation.usage
    text = "".join(candidate.text for candidate in generation.candidates)
    order = info.fim.order if info.fim.usable else "no fill-in-the-middle tokens"
    detail = (
        f"filled a test hole with {one_line(text, 30)!r}: {usage.prompt} prompt and "
        f"{usage.generated} generated tokens in {seconds * 1000:.0f} ms "
        f"({(usage.prompt + usage.generated) / max(seconds, 1e-9):.0f} tokens/s); "
        f"context {info.context}; {order}; on {info.device}"
    )
    if not info.fim.usable:
        return Finding(
            name, FindingStatus.WARN, detail,
            "Prefer a model that was trained to fill in the middle; this one guesses what follows.",
        )  # fmt: skip
    return Finding(name, FindingStatus.OK, detail)


def _show(report: DoctorReport) -> None:
    verdict = "Completing works here." if report.works else "Nothing can be completed here."
    color = "green" if report.works else "red"
    show(_findings(report.findings), _values(report.settings), Text(verdict, style=color))


def _findings(findings: list[Finding]) -> Table:
    marks = {
        FindingStatus.OK: ("✓", "green"),
        FindingStatus.WARN: ("!", "yellow"),
        FindingStatus.FAIL: ("✗", "red"),
    }
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for finding in findings:
        mark, color = marks[finding.status]
        table.add_row(Text(mark, style=color), finding.name, finding.detail)
        if finding.remedy:
            table.add_row("", "", Text(f"→ {finding.remedy}", style=color))
    return table


def _values(settings: list[Effective]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for setting in settings:
        table.add_row(setting.origin.value, setting.key, setting.value)
    return table
