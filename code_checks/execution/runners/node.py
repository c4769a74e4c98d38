"""Runs the tests of JavaScript and TypeScript with Node, in the sandbox, one program in each.

Examples are evaluated in the module itself, so the function need not be exported. Test files are
run by the runner that they are written for: node:test comes with Node; vitest and jest are used
where the user's settings name the `node_modules` folder that holds them. Types are removed
(`trees.type_stripping`), so any Node runs TypeScript. A program can forge its own results, never
another's: it is alone in its sandbox.
"""

from __future__ import annotations

import json
import posixpath
import re
import shutil
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from code_checks.execution.environment import RunEnvironment
from code_checks.execution.judge import Ending, TestOutcome
from code_checks.execution.runners.node_reports import json_outcomes, tap_outcomes
from code_checks.execution.unit_test import Origin, UnitTest
from code_checks.execution.workspace_tests import test_place
from code_checks.languages.ecmascript import TYPESCRIPT, TYPESCRIPT_REACT
from code_checks.sandbox import Completed, Limits, run
from code_checks.trees.type_stripping import NotErasable, strip_types

_HEAP = "--max-old-space-size=256"
_LIMITS = Limits(wall_seconds=12.0, cpu_seconds=12, address_space=None, processes=64,
                 open_files=256)  # fmt: skip
_MODULE_SYNTAX = re.compile(r"(?m)^\s*(?:export\b|import\b\s*[\w{*'\"])")
_EVALUATE = "\n;globalThis.coterieEvaluate = (assert, code) => eval(code);\n"
_TYPED = tuple(f".{ending}" for ending in (*TYPESCRIPT.extensions, *TYPESCRIPT_REACT.extensions))
_TYPES, _LOCALHOST = "coterie_types.mjs", "coterie_localhost.cjs"
_FOREIGN_RUNNERS = (
    ("vitest", re.compile(r"['\"]vitest['\"]")),
    ("jest", re.compile(r"@jest/globals|(?<![.\w])(?:describe|test|it)\s*\(")),
)
_ENTRIES = {"vitest": "vitest/vitest.mjs", "jest": "jest/bin/jest.js"}


@cache
def node_refusal() -> str:
    """Return why JavaScript cannot be run here, "" if it can."""
    return "" if shutil.which("node") else "node is not installed"


def run_node(
    programs: Sequence[str], tests: Sequence[UnitTest], environment: RunEnvironment
) -> list[list[TestOutcome]]:
    """Return how each test ended for each program. Raises SandboxUnavailable."""
    return [_judge(program, tests, environment, dict(environment.files)) for program in programs]


def run_typescript(
    programs: Sequence[str], tests: Sequence[UnitTest], environment: RunEnvironment
) -> list[list[TestOutcome]]:
    """Do the same after the types have been removed. Raises SandboxUnavailable."""
    try:
        files = {path: _untyped(path, text) for path, text in environment.files.items()}
    except NotErasable as error:
        return [[TestOutcome(Ending.NOT_RUN, str(error))] * len(tests) for _ in programs]
    rows = []
    for program in programs:
        try:
            rows.append(_judge(strip_types(program), tests, environment, files))
        except NotErasable as error:
            rows.append([TestOutcome(Ending.NOT_RUN, str(error))] * len(tests))
    return rows


def _untyped(path: str, text: str) -> str:
    return strip_types(text) if path.endswith(_TYPED) else text


def _judge(
    program: str, tests: Sequence[UnitTest], environment: RunEnvironment, files: dict[str, str]
) -> list[TestOutcome]:
    """Run the examples in one sandbox and each test file in another."""
    outcomes: dict[UnitTest, TestOutcome] = {}
    examples = [test for test in tests if test.origin is not Origin.WORKSPACE]
    outcomes.update(
        zip(examples, _run_examples(program, examples, environment, files), strict=True)
    )
    places = {test: test_place(test) for test in tests if test.origin is Origin.WORKSPACE}
    for file in dict.fromkeys(file for file, _ in places.values()):
        found = _run_file(program, file, environment, files)
        for test, (own_file, name) in places.items():
            if own_file == file:
                outcomes[test] = found.get(name, found[""])
    return [outcomes[test] for test in tests]


def _run_examples(
    program: str, tests: Sequence[UnitTest], environment: RunEnvironment, files: Mapping[str, str]
) -> list[TestOutcome]:
    if not tests:
        return []
    path = _run_path(program, environment.path)
    spec = {
        "program": path,
        "tests": [test.code for test in tests],
        "milliseconds": round(environment.limits.test_seconds * 1000),
    }
    done = _sandboxed(
        [_HEAP, "coterie_driver.mjs"],
        {**_with_type(files), path: program + _EVALUATE, "coterie_tests.json": json.dumps(spec),
         "coterie_driver.mjs": _inside("coterie_driver.mjs"),
         "coterie_child.mjs": _inside("coterie_child.mjs")},
        environment,
    )  # fmt: skip
    try:
        rows = json.loads(done.stdout)
        return [TestOutcome(Ending(ending), str(detail)) for ending, detail in rows]
    except (ValueError, TypeError):
        return [_unfinished(done)] * len(tests)


def _run_file(
    program: str, file: str, environment: RunEnvironment, files: Mapping[str, str]
) -> dict[str, TestOutcome]:
    """Return how the tests in a file ended by their names, under "" what holds for the others."""
    runner = _runner_of(files.get(file, ""))
    modules = _node_modules(environment)
    if runner and (modules is None or not (modules / _ENTRIES[runner]).is_file()):
        return {"": TestOutcome(Ending.NOT_RUN, f"{runner} is not in a folder of `tests.packages`")}
    placed = {**_with_type(files), environment.path: program}
    if not runner:
        done = _sandboxed([_HEAP, "--test-reporter=tap", "--test", file], placed, environment)
        found = tap_outcomes(done.stdout.decode("utf-8", "replace"))
    else:
        placed[_LOCALHOST] = _inside(_LOCALHOST)
        arguments = [_HEAP, f"--require=./{_LOCALHOST}", *_foreign(runner, file)]
        done = _sandboxed(arguments, placed, environment, modules)
        found = json_outcomes(done.stdout.decode("utf-8", "replace"))
    return {"": _unfinished(done), **found}


def _foreign(runner: str, file: str) -> list[str]:
    entry = f"node_modules/{_ENTRIES[runner]}"
    if runner == "vitest":
        return [entry, "run", "--reporter=json", "--no-file-parallelism", file]
    return [entry, "--json", "--runInBand", "--watchman=false", "--cache=false", "--config={}",
            "--rootDir=.", "--runTestsByPath", file]  # fmt: skip


def _runner_of(text: str) -> str:
    if re.search(r"['\"](?:node:)?test['\"]", text):
        return ""
    return next((name for name, sign in _FOREIGN_RUNNERS if sign.search(text)), "")


def _sandboxed(
    arguments: Sequence[str],
    files: Mapping[str, str],
    environment: RunEnvironment,
    modules: Path | None = None,
) -> Completed:
    if any(path.endswith(_TYPED) for path in files):
        files = {**files, _TYPES: _inside(_TYPES)}
        arguments = [f"--import=./{_TYPES}", *arguments]
    node = Path(shutil.which("node") or "node").resolve()
    readable = [] if node.is_relative_to("/usr") else [node.parent.parent]
    command = [str(node), *arguments]
    if modules is not None:
        readable.append(modules)
        link = f'ln -s {str(modules)!r} node_modules && exec "$@"'
        command = ["/bin/sh", "-c", link, "sh", *command]
    return run(command, files, limits=_LIMITS, read_only=readable, cancel=environment.cancel,
               environment={"NODE_ENV": "test", "CI": "1"})  # fmt: skip


def _node_modules(environment: RunEnvironment) -> Path | None:
    return next((path for path in environment.packages if path.name == "node_modules"), None)


def _run_path(program: str, path: str) -> str:
    """Return where a program is put for its examples: beside what it imports."""
    ending = ".mjs" if _MODULE_SYNTAX.search(program) else ".cjs"
    return posixpath.join(posixpath.dirname(path), f"coterie_candidate{ending}")


def _with_type(files: Mapping[str, str]) -> dict[str, str]:
    """Say that the files are ES modules if they look so and no package.json decides it."""
    if "package.json" in files:
        return dict(files)
    if not any(_MODULE_SYNTAX.search(text) for text in files.values()):
        return dict(files)
    return {**files, "package.json": '{"type": "module"}'}


def _unfinished(done: Completed) -> TestOutcome:
    if done.timed_out:
        return TestOutcome(Ending.TIMEOUT, f"the sandbox was ended: {done.killed_by}")
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    detail = next((line for line in said if "Error" in line), said[0] if said else "no report")
    ending = Ending.DIED if done.killed_by else Ending.ERROR
    return TestOutcome(ending, detail[:300])


@cache
def _inside(name: str) -> str:
    return Path(__file__).parents[1].joinpath("harness", name).read_text("utf-8")
