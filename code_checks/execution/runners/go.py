"""Runs the tests of Go, in the sandbox, one program in each.

Examples from comments become a test file of their own; the package's test files are compiled with
it by `go test`, once, and each test is then run in a process of its own, because a panic ends all
that share one. Nothing is downloaded, so only packages of the module itself and of Go's library can
be used.
"""

from __future__ import annotations

import posixpath
import re
import secrets
import shutil
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from code_checks.execution.environment import RunEnvironment
from code_checks.execution.judge import Ending, TestOutcome
from code_checks.execution.unit_test import Origin, UnitTest
from code_checks.execution.workspace_tests import test_place
from code_checks.sandbox import Completed, Limits, run

_LIMITS = Limits(
    wall_seconds=90.0,
    cpu_seconds=90,
    address_space=None,
    memory=2 << 30,
    processes=128,
    open_files=512,
    file_bytes=64 << 20,
    disk_bytes=512 << 20,
)
_ENVIRONMENT = {
    "GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0",
    "GOMEMLIMIT": "512MiB",
}  # fmt: skip
_SCRIPT = """\
export GOCACHE="$TMPDIR/cache" GOPATH="$TMPDIR/go"
key=$1 go=$2 package=$3; shift 3
"$go" test -c -vet=off -o coterie.test "./$package" || exit 1
binary=$PWD/coterie.test; cd "./$package" || exit 1
for name in "$@"; do
    "$binary" -test.run "^$name\\$" -test.timeout 4s -test.v 2>&1
    status=$?
    printf '\\n%s %s %s\\n' "$key" "$name" "$status"
done
"""
_PACKAGE = re.compile(r"(?m)^package\s+(\w+)")
_NOISE = re.compile(r"=== |--- |\?|exit status|FAIL|goroutine |PASS|testing:")
_EXAMPLES = "coterie_examples_test.go"
_HELPER = """
func coterieExpect(t *testing.T, call string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) && fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", want) {
		t.Fatalf("%s is %#v, not %#v", call, got, want)
	}
}
"""


@cache
def go_refusal() -> str:
    """Return why Go cannot be run here, "" if it can."""
    return "" if shutil.which("go") else "go is not installed"


def run_go(
    programs: Sequence[str], tests: Sequence[UnitTest], environment: RunEnvironment
) -> list[list[TestOutcome]]:
    """Return how each test ended for each program. Raises SandboxUnavailable."""
    return [_judge(program, tests, environment) for program in programs]


def _judge(
    program: str, tests: Sequence[UnitTest], environment: RunEnvironment
) -> list[TestOutcome]:
    examples = [test for test in tests if test.origin is not Origin.WORKSPACE and test.code]
    names = {test: test_place(test)[1] for test in tests if test.origin is Origin.WORKSPACE} | {
        test: f"TestCoterieExample{number}" for number, test in enumerate(examples)
    }
    path = environment.path or "candidate.go"
    folder = posixpath.dirname(path)
    files: dict[str, str] = {**_with_module(environment.files), path: program}
    if examples:
        files[posixpath.join(folder, _EXAMPLES)] = _examples_file(program, examples)
    key = secrets.token_hex(8)
    done = _sandboxed([key, folder or ".", *names.values()], files, environment)
    found = _outcomes(done, key)
    whole = TestOutcome(Ending.PASS) if not names and done.succeeded else _unfinished(done)
    return [found.get(names.get(test, ""), whole) for test in tests]


def _examples_file(program: str, tests: Sequence[UnitTest]) -> str:
    package = _PACKAGE.search(program)
    head = f"package {package.group(1) if package else 'main'}\n"
    body = "".join(
        f"\nfunc TestCoterieExample{number}(t *testing.T) {{\n"
        f"\t{test.code.replace('coterieExpect(', 'coterieExpect(t, ', 1)}\n}}\n"
        for number, test in enumerate(tests)
    )
    return f'{head}\nimport (\n\t"fmt"\n\t"reflect"\n\t"testing"\n)\n{_HELPER}{body}'


def _with_module(files: Mapping[str, str]) -> Mapping[str, str]:
    return files if "go.mod" in files else {**files, "go.mod": "module coterie.test\n"}


def _sandboxed(
    arguments: Sequence[str], files: Mapping[str, str], environment: RunEnvironment
) -> Completed:
    go = Path(shutil.which("go") or "go").resolve()
    readable = [] if go.is_relative_to("/usr") else [go.parent.parent]
    key, *rest = arguments
    command = ["/bin/sh", "-c", _SCRIPT, "sh", key, str(go), *rest]
    return run(command, files, limits=_LIMITS, environment=_ENVIRONMENT, read_only=readable,
               cancel=environment.cancel)  # fmt: skip


def _outcomes(done: Completed, key: str) -> dict[str, TestOutcome]:
    """Return how the tests ended by their names: what each printed comes before its status."""
    found: dict[str, TestOutcome] = {}
    said: list[str] = []
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        if not line.startswith(f"{key} "):
            said.append(line.strip())
            continue
        _, name, status = line.split(" ")
        detail = next((line for line in said if line and not _NOISE.match(line)), "failed")
        found[name] = _outcome(int(status), detail, "\n".join(said))
        said = []
    return found


def _outcome(status: int, detail: str, said: str) -> TestOutcome:
    if status == 0:
        return TestOutcome(Ending.PASS)
    if "panic: test timed out" in said:
        return TestOutcome(Ending.TIMEOUT, "after 4 s")
    panicked = status == 2 and "panic:" in said
    return TestOutcome(Ending.ERROR if panicked else Ending.FAIL, detail[:300])


def _unfinished(done: Completed) -> TestOutcome:
    if done.timed_out:
        return TestOutcome(Ending.TIMEOUT, f"the sandbox was ended: {done.killed_by}")
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    said = next((line for line in lines if not line.startswith("#")), "no report")
    return TestOutcome(Ending.ERROR, said[:300])
