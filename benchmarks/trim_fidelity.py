"""Does trimming leave right answers alone?

    python benchmarks/trim_fidelity.py [-n HOLES] [--seed N] [-v EXAMPLES] FILE_OR_DIRECTORY...

Cuts random holes out of real code and trims the very text that was cut out: whatever comes back
different, but for white space at its ends, a filter has spoiled. Prints a table by language and
kind of hole, then the same as one line of JSON. Kinds: `rest` of a line from a random column,
`line` a whole line, `middle` a piece out of a line, `block` the body of a block.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from code_checks.hole import Extent, Hole
from code_checks.languages import language_named, language_of_path
from code_checks.text.indentation import is_closer, opens_block
from code_checks.trim import filters, trim

LARGEST_FILE = 200_000
MAXIMUM_BODY = 24


@dataclass(frozen=True)
class Cut:
    """A hole in real code, with the text that was in it."""

    kind: str
    path: Path
    hole: Hole
    text: str
    extent: Extent


def sources(roots: list[Path]) -> dict[str, list[Path]]:
    """Return the files under `roots` by language."""
    found: dict[str, list[Path]] = {}
    for root in roots:
        for path in sorted([root] if root.is_file() else root.rglob("*")):
            language = language_of_path(path.name)
            if language != "plaintext" and path.is_file() and path.stat().st_size < LARGEST_FILE:
                found.setdefault(language, []).append(path)
    return found


def cuts(language: str, paths: list[Path], count: int, chance: random.Random) -> Iterator[Cut]:
    """Yield `count` holes of every kind, each from a file drawn at random."""
    makers = {"rest": _cut_rest, "line": _cut_line, "middle": _cut_middle, "block": _cut_block}
    for kind, make in makers.items():
        made = 0
        for _ in range(count * 20):
            path = chance.choice(paths)
            source = path.read_bytes().decode("utf-8-sig", "replace").replace("\r\n", "\n")
            span = make(language, source, chance)
            if span is None:
                continue
            start, end = span
            hole = Hole(language, source[:start], source[end:])
            extent = Extent.BLOCK if kind == "block" else Extent.LINE
            yield Cut(kind, path, hole, source[start:end], extent)
            made += 1
            if made == count:
                break


def _line_spans(source: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    start = 0
    for line in source.split("\n"):
        spans.append((start, start + len(line)))
        start += len(line) + 1
    return spans


def _pick_line(source: str, chance: random.Random) -> tuple[int, int] | None:
    spans = _line_spans(source)
    start, end = chance.choice(spans)
    return (start, end) if source[start:end].strip() and end - start < 300 else None


def _cut_rest(language: str, source: str, chance: random.Random) -> tuple[int, int] | None:
    span = _pick_line(source, chance)
    if span is None:
        return None
    start, end = span
    first = start + len(source[start:end]) - len(source[start:end].lstrip())
    cursor = chance.randint(first, end - 1)
    return (cursor, end) if source[cursor:end].strip() else None


def _cut_line(language: str, source: str, chance: random.Random) -> tuple[int, int] | None:
    span = _pick_line(source, chance)
    if span is None:
        return None
    start, end = span
    lead = len(source[start:end]) - len(source[start:end].lstrip())
    return start + chance.choice((0, lead)), end


def _cut_middle(language: str, source: str, chance: random.Random) -> tuple[int, int] | None:
    span = _cut_rest(language, source, chance)
    if span is None or span[1] - span[0] < 2:
        return None
    start, end = span[0], chance.randint(span[0] + 1, span[1] - 1)
    return (start, end) if source[start:end].strip() and source[end : span[1]].strip() else None


def _cut_block(language: str, source: str, chance: random.Random) -> tuple[int, int] | None:
    """Cut what stands to the right of a line that opens a block, up to where that ends."""
    spans = _line_spans(source)
    known = language_named(language)
    index = chance.randrange(len(spans))
    start, opener_end = spans[index]
    opener = source[start:opener_end]
    if not opens_block(known, opener) or opener.rstrip() != opener:
        return None
    column = len(opener) - len(opener.lstrip())
    end = opener_end
    for line_start, line_end in spans[index + 1 : index + 2 + MAXIMUM_BODY]:
        line = source[line_start:line_end]
        if line.strip() and len(line) - len(line.lstrip()) <= column:
            is_end = is_closer(known, line) or known is None or known.indentation_matters
            return (opener_end, end) if end > opener_end and is_end else None
        if line.strip():
            end = line_end
    return None


def culprit(cut: Cut) -> str:
    """Return the name of the first filter that changes more than white space at the ends."""
    text = cut.text
    for change in filters(cut.extent):
        changed = change(cut.hole, text)
        if changed.strip() != text.strip():
            return change.__name__
        text = changed
    return "later round"


def show(cut: Cut, trimmed: str) -> None:
    """Print one spoiled hole."""
    above = cut.hole.prefix.split("\n")[-3:]
    print(f"--- {cut.kind} {culprit(cut)}: {cut.path}:{cut.hole.prefix.count(chr(10)) + 1}")
    print("\n".join(above) + "‸" + "\n".join(cut.hole.suffix.split("\n")[:3]))
    print(f"  true    {cut.text!r}\n  trimmed {trimmed!r}")


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    arguments.add_argument("roots", nargs="+", type=Path)
    arguments.add_argument("-n", type=int, default=200, help="holes of each kind and language")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("-v", type=int, default=0, metavar="EXAMPLES")
    options = arguments.parse_args()
    chance = random.Random(options.seed)
    counts: Counter[tuple[str, str, str]] = Counter()
    culprits: Counter[str] = Counter()
    shown = 0
    for language, paths in sorted(sources(options.roots).items()):
        for cut in cuts(language, paths, options.n, chance):
            trimmed = trim(cut.hole, cut.text, cut.extent)
            counts[language, cut.kind, "holes"] += 1
            if trimmed.strip() == cut.text.strip():
                continue
            counts[language, cut.kind, "emptied" if not trimmed else "changed"] += 1
            culprits[culprit(cut)] += 1
            if shown < options.v:
                show(cut, trimmed)
                shown += 1
    rows = sorted({key[:2] for key in counts})
    print(f"{'language':18} {'kind':7} {'holes':>6} {'changed':>8} {'emptied':>8} {'spoiled':>8}")
    result = {}
    for language, kind in rows:
        holes, changed, emptied = (
            counts[language, kind, what] for what in ("holes", "changed", "emptied")
        )
        share = 100 * (changed + emptied) / holes
        result[f"{language} {kind}"] = {"holes": holes, "changed": changed, "emptied": emptied}
        print(f"{language:18} {kind:7} {holes:6} {changed:8} {emptied:8} {share:7.2f}%")
    print("by filter:", dict(culprits.most_common()))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
