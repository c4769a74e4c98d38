"""How often the gates reject what people really wrote, and how often they notice damage.

Cuts holes out of real code, fills each with the text that was there (every FAIL is a false
reject), then with damaged copies of it (a bracket lost or added, a token lost, doubled or swapped,
a name that nothing binds). Only files that parse are used, unless --any-file says otherwise.

    python benchmarks/gate_precision.py --out docs/gate-precision.md python=DIR go=DIR,DIR ...
"""

from __future__ import annotations

import argparse
import datetime
import io
import json
import keyword
import os
import platform
import random
import re
import statistics
import sys
import tokenize
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from code_checks.checks.names import check_names
from code_checks.checks.syntax import check_syntax
from code_checks.hole import Hole
from code_checks.languages import Language, language_named
from code_checks.python.compile import compile_filled
from code_checks.trees.source_tree import comparison_tree
from code_checks.verdict import Outcome

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_MAXIMUM_BYTES = 150_000


@dataclass(frozen=True, slots=True)
class Cut:
    """A hole and the text that was in it.

    `kind` is `line`, `rest` (of a line), `block`, or `end`: a whole line below which all is gone,
    as where somebody is writing a file from top to bottom.
    """

    path: Path
    kind: str
    hole: Hole
    text: str


@dataclass(slots=True)
class Tally:
    """What was counted for one language."""

    language: str
    files: int = 0
    outcomes: Counter[tuple[str, str, Outcome]] = field(default_factory=Counter)
    damage: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    rejects: list[str] = field(default_factory=list)

    def count(self, check: str, outcome: Outcome | None, *kinds: str) -> int:
        """Return how many holes of these kinds ended so; None counts every outcome."""
        return sum(
            number
            for (name, kind, found), number in self.outcomes.items()
            if name == check and kind in kinds and outcome in (None, found)
        )

    def caught(self, damage: str) -> float | None:
        """Return the share of damaged texts of one kind that failed."""
        total = sum(number for (kind, _), number in self.damage.items() if kind == damage)
        return self.damage[damage, Outcome.FAIL] / total if total else None


def main() -> None:
    """Measure, print and write the table."""
    arguments = _arguments()
    tallies = []
    for pair in arguments.sources:
        language, _, directories = pair.partition("=")
        roots = [Path(directory) for directory in directories.split(",")]
        tally = measure(language, roots, arguments.holes, arguments.seed, arguments.any_file)
        tallies.append(tally)
        print(_row(tally), flush=True)
        if arguments.show:
            print("\n".join(tally.rejects[: arguments.show]))
    if arguments.out:
        with arguments.out.open("a", encoding="utf-8") as out:
            out.write("\n" + _page(tallies, arguments))
    print(json.dumps({tally.language: _figures(tally) for tally in tallies}))


def measure(language: str, roots: list[Path], holes: int, seed: int, any_file: bool) -> Tally:
    """Cut `holes` line holes and half as many block holes out of files under `roots`."""
    chance = random.Random(seed)
    tally = Tally(language)
    wanted = {"line": holes - holes // 2, "rest": holes // 2}
    wanted |= {"block": holes // 2, "end": holes // 2}
    sources = list(islice(_sources(language, roots, any_file, chance), holes))
    tally.files = len(sources)
    for _ in range(20):
        chance.shuffle(sources)
        for path, source in sources:
            for kind in [kind for kind, number in wanted.items() if number > 0]:
                cut = _cut(language, path, source, kind, chance)
                if cut is not None:
                    wanted[kind] -= 1
                    _try(tally, cut, chance)
            if not any(wanted.values()):
                return tally
    return tally


def _sources(
    language: str, roots: list[Path], any_file: bool, chance: random.Random
) -> Iterator[tuple[Path, str]]:
    """Yield files of a language in random order."""
    known = language_named(language)
    if known is None:
        sys.exit(f"unknown language: {language}")
    found = [path for root in roots for path in (root.rglob("*") if root.is_dir() else [root])]
    paths = sorted(path for path in found if path.suffix.lstrip(".") in known.extensions)
    chance.shuffle(paths)
    for path in paths:
        if not path.is_file() or not 200 < path.stat().st_size < _MAXIMUM_BYTES:
            continue
        try:
            source = path.read_bytes().decode()
        except UnicodeDecodeError:
            continue
        if any_file or _is_sound(known, source):
            yield path, source


def _is_sound(language: Language, source: str) -> bool:
    if comparison_tree(language, "", source).faults:
        return False
    whole = Hole(language.name, source, "")
    return language.name != "python" or compile_filled(whole, "").outcome is Outcome.PASS


def _cut(language: str, path: Path, source: str, kind: str, chance: random.Random) -> Cut | None:
    """Cut one hole at a random line, None if that line is not fit for this kind."""
    lines = source.splitlines(keepends=True)
    row = chance.randrange(len(lines))
    line = lines[row].rstrip("\r\n")
    if not line.strip():
        return None
    begin = len(line) - len(line.lstrip())
    end_row = row
    if kind == "rest":
        bounds = [match.start() for match in _TOKEN.finditer(line) if match.start() > begin]
        if not bounds:
            return None
        begin = chance.choice(bounds)
    elif kind == "block":
        end_row = _end_of_block(lines, row)
        if end_row == row:
            return None
    start = sum(map(len, lines[:row])) + begin
    end = sum(map(len, lines[: end_row + 1]))
    end -= len(lines[end_row]) - len(lines[end_row].rstrip("\r\n"))
    suffix = "" if kind == "end" else source[end:]
    return Cut(path, kind, Hole(language, source[:start], suffix), source[start:end])


def _end_of_block(lines: list[str], row: int) -> int:
    """Return the last row of the lines from `row` on that are indented at least as deep."""
    depth = _depth(lines[row])
    end = row
    for index in range(row + 1, min(row + 12, len(lines))):
        if lines[index].strip():
            if _depth(lines[index]) < depth:
                return end
            end = index
    return row if end == row else end


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _try(tally: Tally, cut: Cut, chance: random.Random) -> None:
    syntax, names = check_syntax(cut.hole, cut.text), check_names(cut.hole, cut.text)
    tally.milliseconds.append(syntax.ms + names.ms)
    for verdict in (syntax, names):
        tally.outcomes[verdict.check, cut.kind, verdict.outcome] += 1
        if verdict.outcome is Outcome.FAIL:
            where = f"{cut.path}:{cut.hole.prefix.count(chr(10)) + 1}"
            tally.rejects.append(f"  {where} {cut.kind} {verdict} {cut.text[:200]!r}")
    if cut.kind not in _LINES:
        return
    for name, damage in _DAMAGES.items():
        damaged = damage(cut.text, chance)
        if damaged is not None and damaged.split() != cut.text.split():
            tally.damage[name, check_syntax(cut.hole, damaged).outcome] += 1
    if tally.language == "python":
        renamed = _rename(cut, chance)
        if renamed is not None:
            tally.damage["renamed", check_names(cut.hole, renamed).outcome] += 1


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _lose_bracket(text: str, chance: random.Random) -> str | None:
    places = [match.start() for match in re.finditer(r"[()\[\]{}]", text)]
    if not places:
        return None
    place = chance.choice(places)
    return text[:place] + text[place + 1 :]


def _add_bracket(text: str, chance: random.Random) -> str | None:
    tokens = _tokens(text)
    tokens.insert(chance.randrange(len(tokens) + 1), chance.choice("()[]{}"))
    return "".join(tokens)


def _lose_token(text: str, chance: random.Random) -> str | None:
    tokens = _tokens(text)
    solid = [index for index, token in enumerate(tokens) if not token.isspace()]
    if len(solid) < 2:
        return None
    del tokens[chance.choice(solid)]
    return "".join(tokens)


def _double_token(text: str, chance: random.Random) -> str | None:
    tokens = _tokens(text)
    solid = [index for index, token in enumerate(tokens) if not token.isspace()]
    if not solid:
        return None
    index = chance.choice(solid)
    tokens.insert(index, tokens[index] + " ")
    return "".join(tokens)


def _swap_tokens(text: str, chance: random.Random) -> str | None:
    tokens = _tokens(text)
    solid = [index for index, token in enumerate(tokens) if not token.isspace()]
    if len(solid) < 2:
        return None
    place = chance.randrange(len(solid) - 1)
    first, second = solid[place], solid[place + 1]
    tokens[first], tokens[second] = tokens[second], tokens[first]
    return "".join(tokens)


def _rename(cut: Cut, chance: random.Random) -> str | None:
    """Rename one name that the text reads, as Python's own tokenizer sees it."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(cut.hole.fill(cut.text)).readline))
    except (tokenize.TokenError, SyntaxError):
        return None
    row = cut.hole.prefix.count("\n") + 1
    column = len(cut.hole.line_head)
    here = [
        token.start[1] - column
        for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if token.type == tokenize.NAME
        and token.start[0] == row
        and token.start[1] >= column
        and not keyword.iskeyword(token.string)
        and before.string not in (".", "def", "class", "import", "as", "from", "for", "global")
        and after.string not in ("=", ":", ":=", "in", "=>")
    ]
    if not here or cut.text.lstrip().startswith(("import", "from", "def", "@", "global")):
        return None
    place = chance.choice(here)
    return cut.text[:place] + "qz_" + cut.text[place:]


_DAMAGES: dict[str, Callable[[str, random.Random], str | None]] = {
    "bracket lost": _lose_bracket,
    "bracket added": _add_bracket,
    "token lost": _lose_token,
    "token doubled": _double_token,
    "tokens swapped": _swap_tokens,
}
_LINES = ("line", "rest")
_HEADER = (
    "| language | files | line holes: syntax | names | block holes: syntax | names | end of file:"
    " syntax | skipped | bracket lost | bracket added | token lost | token doubled"
    " | tokens swapped | name unbound | median ms | p95 ms |\n" + "|---" * 16 + "|"
)


def _row(tally: Tally) -> str:
    figures = _figures(tally)
    return "| " + " | ".join(str(value) for value in figures.values()) + " |"


def _figures(tally: Tally) -> dict[str, str | int]:
    times = sorted(tally.milliseconds) or [0.0]
    everything = (*_LINES, "block")
    skipped = tally.count("syntax", Outcome.SKIP, *everything)
    return {
        "language": tally.language,
        "files": tally.files,
        "lines_syntax": _rejects(tally, "syntax", *_LINES),
        "lines_names": _rejects(tally, "names", *_LINES),
        "blocks_syntax": _rejects(tally, "syntax", "block"),
        "blocks_names": _rejects(tally, "names", "block"),
        "end_syntax": _rejects(tally, "syntax", "end"),
        "skipped": _share(skipped, tally.count("syntax", None, *everything)),
        **{name: _percent(tally.caught(name)) for name in (*_DAMAGES, "renamed")},
        "median_ms": f"{statistics.median(times):.1f}",
        "p95_ms": f"{times[int(0.95 * (len(times) - 1))]:.1f}",
    }


def _rejects(tally: Tally, check: str, *kinds: str) -> str:
    if check == "names" and tally.language != "python":
        return "–"
    return _share(tally.count(check, Outcome.FAIL, *kinds), tally.count(check, None, *kinds))


def _share(part: int, total: int) -> str:
    return f"{part}/{total} ({100 * part / total:.1f} %)" if total else "–"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def _page(tallies: list[Tally], arguments: argparse.Namespace) -> str:
    which = "all files, broken ones too" if arguments.any_file else "files that parse"
    rows = "\n".join(_row(tally) for tally in tallies)
    return f"""## {which.capitalize()}

{datetime.date.today()}, Python {platform.python_version()}, {platform.system()}
{platform.machine()}, {os.cpu_count()} cores, seed {arguments.seed}.

{_HEADER}
{rows}
"""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("sources", nargs="+", metavar="LANGUAGE=DIR[,DIR...]")
    parser.add_argument("--holes", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--any-file", action="store_true", help="also files with syntax errors")
    parser.add_argument("--show", type=int, default=0, help="show so many rejected true lines")
    parser.add_argument("--out", type=Path, help="append the table to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
