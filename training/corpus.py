"""Builds the corpus: wheels by name, then license, hold-out, filters, duplicates, caps.

    python -m training.corpus download     wheels of packages.txt and of what is held out
    python -m training.corpus build        corpus.jsonl.gz and corpus.json, what it holds
    python -m training.corpus audit        looks for held-out text in what was built

Nothing that is downloaded is executed or installed: a wheel is a zip file whose Python sources
are read.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from training.caps import cap, name_hash
from training.contamination import Contamination, Evidence, idioms
from training.dedup import SeenTexts
from training.filters import is_test, refusal
from training.settings import Corpus, home, load
from training.wheels import (
    Package,
    Source,
    distribution,
    download,
    listed,
    read_standard_library,
    read_wheel,
)

HELD_OUT_WHEELS = ("flask", "httpx", "rich", "starlette", "typer", "attrs", "trio", "black")
TASKS = Path(__file__).parents[2] / "shared" / "data"


def select(
    packages: list[Package], found: list[Evidence], contamination: Contamination, settings: Corpus
) -> list[Evidence]:
    """Applies every rule except the caps; a package's record says what was refused and why."""
    by_name = {package.name: package for package in packages}
    common = idioms(found)
    seen = SeenTexts(settings.near_duplicate)
    kept = []
    for each in found:
        package, text = by_name[each.source.package], each.source.text
        package.found += len(text)
        reason = contamination.verdict(each, common) or refusal(text, settings)
        if reason is None and not seen.add_if_new(text):
            reason = "duplicate"
        if reason is None:
            kept.append(each)
        else:
            package.refused[reason] += 1
    return kept


def settle(
    packages: list[Package], kept: list[Evidence], contamination: Contamination, settings: Corpus
) -> list[Source]:
    """Caps, and judges again what the caps have left, until neither finds anything to leave out.

    A file that goes may turn what others share from an idiom into a copy, and makes the whole
    smaller of which the caps are shares.
    """
    by_name = {package.name: package for package in packages}
    before = -1
    while len(kept) != before:
        before = len(kept)
        kept = without(kept, cap([each.source for each in kept], settings), inside=True)
        while gone := contamination.condemned(kept):
            for source, reason in gone:
                by_name[source.package].refused[reason] += 1
            kept = without(kept, [source for source, _ in gone], inside=False)
    return sorted((each.source for each in kept), key=place)


def without(kept: list[Evidence], sources: list[Source], *, inside: bool) -> list[Evidence]:
    """Those whose source is among `sources` (`inside`), or is not."""
    places = set(map(place, sources))
    return [each for each in kept if (place(each.source) in places) is inside]


def place(source: Source) -> tuple[str, str]:
    return source.package, source.path


def build(folder: Path, tasks: Path, settings: Corpus) -> None:
    wanted = listed(Path(__file__).with_name("packages.txt"))
    tags = {distribution(name): tag for name, tag in wanted.items()}
    read = [read_standard_library(settings)]
    for wheel in sorted((folder / "wheels").glob("*.whl")):
        name = wheel.name.split("-")[0].lower()
        if name in tags:
            read.append(read_wheel(wheel, tags[name], settings))
    packages = [package for package, _ in read]
    contamination = Contamination.of_folders(settings, folder / "heldout", tasks)
    found = [contamination.evidence(source) for _, sources in read for source in sources]
    selected = select(packages, found, contamination, settings)
    write(folder, packages, settle(packages, selected, contamination, settings), settings)


def write(folder: Path, packages: list[Package], kept: list[Source], settings: Corpus) -> None:
    """corpus.jsonl.gz (one file per line) and corpus.json (packages, licenses, sizes)."""
    valid_below = int(settings.valid_share * 2**32)
    by_name = {package.name: package for package in packages}
    with gzip.open(folder / "corpus.jsonl.gz", "wt", encoding="utf-8", compresslevel=4) as out:
        for source in kept:
            by_name[source.package].kept += len(source.text)
            row = {
                "package": source.package,
                "path": source.path,
                "tag": by_name[source.package].tag,
                "valid": name_hash(source.path, source.package) % 2**32 < valid_below,
                "text": source.text,
            }
            out.write(json.dumps(row) + "\n")
    report = {
        "characters": sum(package.kept for package in packages),
        "files": len(kept),
        "tests": sum(len(s.text) for s in kept if is_test(s.path)),
        "refused": dict(sum((p.refused for p in packages), Counter[str]())),
        "packages": [
            {
                "name": p.name,
                "version": p.version,
                "license": p.license,
                "allowed": p.allowed,
                "found": p.found,
                "kept": p.kept,
                "refused": dict(p.refused),
            }
            for p in packages
        ],
    }
    (folder / "corpus.json").write_text(json.dumps(report, indent=1))
    print(json.dumps({key: report[key] for key in ("characters", "files", "tests", "refused")}))


def read_corpus(folder: Path) -> Iterator[dict[str, str | bool]]:
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def audit(folder: Path, tasks: Path, settings: Corpus) -> int:
    """Counts the files of the corpus that a held-out text shows through; 0 is right."""
    contamination = Contamination.of_folders(settings, folder / "heldout", tasks)
    found = [
        contamination.evidence(Source(str(row["package"]), str(row["path"]), str(row["text"])))
        for row in read_corpus(folder)
    ]
    condemned = contamination.condemned(found)
    for source, reason in condemned:
        print(f"{reason}: {source.package} {source.path}")
    print(f"{len(condemned)} of {len(found)} files")
    return len(condemned)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("download", "build", "audit"))
    parser.add_argument("--tasks", type=Path, default=TASKS, help="folder of evaluation tasks")
    chosen = parser.parse_args()
    folder, settings = home(), load().corpus
    if chosen.command == "download":
        names = listed(Path(__file__).with_name("packages.txt"))
        missing = download(names, folder / "wheels")
        missing += download(HELD_OUT_WHEELS, folder / "heldout")
        raise SystemExit(f"no wheel: {', '.join(missing)}" if missing else 0)
    if chosen.command == "build":
        build(folder, chosen.tasks, settings)
    elif audit(folder, chosen.tasks, settings):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
