"""How often the gates beyond syntax refuse the lines that people really wrote.

Takes every line with code out of real files, one at a time, and puts it back: each FAIL is a false
refusal. `gate_precision.py` measures the other gates, on fewer lines and with damage.

    python benchmarks/gate_refusals.py --seconds 600 python=DIR go=DIR,DIR ...
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from code_checks.checks import attributes, dead_code
from code_checks.hole import Hole
from code_checks.languages import Language, language_named
from code_checks.trees.reachability import assigned_to_itself, unreachable
from code_checks.trees.source_tree import SourceTree, comparison_tree, encode
from code_checks.verdict import Outcome, Verdict
from ensemble.cascade.checks import Check

CHECKS: Mapping[str, Check] = {
    dead_code.CHECK: dead_code.check_dead_code,
    attributes.CHECK: attributes.check_attributes,
}
_MAXIMUM_BYTES = 60_000


def main() -> None:
    """Measure each language for so many seconds, print a table, and the figures as JSON."""
    arguments = _arguments()
    figures = {}
    for pair in arguments.sources:
        name, _, directories = pair.partition("=")
        language = language_named(name)
        if language is None:
            sys.exit(f"unknown language: {name}")
        paths = _paths(language, directories.split(","), arguments.seed)
        figures[name] = measure(language, paths, arguments.seconds)
        print(_row(name, figures[name]), flush=True)
    print(json.dumps(figures))


def measure(language: Language, paths: list[Path], seconds: float) -> dict[str, int]:
    """Count the outcomes of each check on every line of files, until the time is over."""
    counted: Counter[str] = Counter()
    until = time.monotonic() + seconds
    for path in paths:
        if time.monotonic() > until:
            break
        source = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
        whole = comparison_tree(language, "", source)
        if whole.faults:
            continue
        counted["files"] += 1
        for hole, text in _lines(language, source):
            counted["lines"] += 1
            for name, check in CHECKS.items():
                harmless = name == dead_code.CHECK and not _may_fail(language, whole, hole, text)
                verdict = Verdict(name, Outcome.PASS) if harmless else check(hole, text)
                if verdict is not None:
                    counted[f"{verdict.check} {verdict.outcome}"] += 1
                    _tell(verdict, path, hole, text)
    return dict(counted)


def _may_fail(language: Language, whole: SourceTree, hole: Hole, text: str) -> bool:
    """Tell whether the check for dead code would see any: the filled hole is the file, which need
    not be parsed again for each of its lines."""
    if language.flow is None:
        return False
    start = len(encode(hole.prefix))
    filled = whole._replace(text_start=start, text_end=start + len(encode(text)))
    found = unreachable(language.flow, filled) or assigned_to_itself(language.flow, filled)
    return found is not None


def _tell(verdict: Verdict, path: Path, hole: Hole, text: str) -> None:
    if verdict.outcome is Outcome.FAIL:
        row = hole.prefix.count("\n") + 1
        print(f"  {path}:{row}: {text!r}: {verdict.check}: {verdict.detail}", file=sys.stderr)


def _lines(language: Language, source: str) -> Iterator[tuple[Hole, str]]:
    """Yield a hole for every line that is not blank and no comment, with what stands there."""
    start = 0
    for line in source.splitlines(keepends=True):
        text = line.strip()
        if text and not (language.line_comment and text.startswith(language.line_comment)):
            begin = start + line.index(text)
            end = begin + len(text)
            yield Hole(language.name, source[:begin], source[end:]), text
        start += len(line)


def _paths(language: Language, directories: list[str], seed: int) -> list[Path]:
    found = [path for directory in directories for path in Path(directory).rglob("*.*")]
    paths = sorted(
        path
        for path in found
        if path.suffix.lstrip(".") in language.extensions
        and path.is_file()
        and 200 < path.stat().st_size < _MAXIMUM_BYTES
    )
    random.Random(seed).shuffle(paths)
    return paths


def _row(name: str, counted: Mapping[str, int]) -> str:
    cells = [name, str(counted.get("files", 0)), str(counted.get("lines", 0))]
    for check in CHECKS:
        numbers = [counted.get(f"{check} {outcome}", 0) for outcome in Outcome]
        rate = f"{numbers[1]}/{sum(numbers)}"
        cells += [f"{rate} (1 in {sum(numbers) // numbers[1]:,})" if numbers[1] else rate]
        cells += [str(numbers[2])]
    return f"| {' | '.join(cells)} |"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("sources", nargs="+", metavar="LANGUAGE=DIR[,DIR...]")
    parser.add_argument("--seconds", type=float, default=600, help="for each language")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
