"""Builds the corpus: wheels by name, then license, hold-out, filters, duplicates, caps.

    python -m training.corpus download     wheels of packages.txt and of what is held out
    python -m training.corpus build        corpus.jsonl.gz and corpus.json, what it holds
    python -m training.corpus audit        looks for held-out text in what was built

Nothing that is downloaded is executed or installed: a wheel is a zip file whose Python sources
are read.
"""

from __future__ import annotations

import argparse
import email
import gzip
import hashlib
import json
import subprocess
import sys
import sysconfig
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from training import heldout, licenses
from training.dedup import SeenTexts
from training.filters import is_test, refusal
from training.settings import Corpus, home, load

HELD_OUT_WHEELS = ("flask", "httpx", "rich", "starlette", "typer", "attrs", "trio", "black")
TASKS = Path(__file__).parents[2] / "shared" / "data"
IDIOM_PACKAGES = 5
"""A shingle that this many packages share is an idiom of the language, not a copy."""


@dataclass(slots=True)
class Source:
    """One file; `package` is a wheel's name, `path` relative to what the wheel installs."""

    package: str
    path: str
    text: str


@dataclass(slots=True)
class Package:
    name: str
    version: str
    license: str
    allowed: bool
    tag: str = ""
    found: int = 0
    kept: int = 0
    refused: Counter[str] = field(default_factory=Counter)


def listed(path: Path) -> dict[str, str]:
    """Package names and their tags ("" where none is written)."""
    lines = (line.split("#")[0].split() for line in path.read_text().splitlines())
    return {words[0]: " ".join(words[1:]) for words in lines if words}


def download(names: Iterable[str], folder: Path) -> list[str]:
    """Fetches the newest wheel of each name; returns the names that have none."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps"]
    command += ["--only-binary=:all:", "-d", str(folder)]
    have = {wheel.name.split("-")[0].lower() for wheel in folder.glob("*.whl")}
    wanted = [name for name in names if distribution(name) not in have]
    return [name for name in wanted if subprocess.run([*command, name], check=False).returncode]


def distribution(name: str) -> str:
    """A name as wheels spell it in their file names."""
    return name.lower().replace("-", "_").replace(".", "_")


def read_wheel(wheel: Path, tag: str, settings: Corpus) -> tuple[Package, list[Source]]:
    """A wheel's license and its Python files, in a fixed order."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata_name = next(n for n in names if n.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(metadata_name))
        name = str(metadata["Name"])
        declared, allowed = licenses.of_metadata(metadata, settings.licenses)
        if stated := settings.license_of_python.get(name):
            declared = f"{stated} (Python files; the wheel: {declared})"
            allowed = licenses.of_expression(stated, settings.licenses)
        package = Package(name, str(metadata["Version"]), declared, allowed, tag)
        if not allowed:
            return package, []
        wanted = sorted(n for n in names if n.endswith(settings.languages))
        raw = ((n, archive.read(n)) for n in wanted if archive.getinfo(n).file_size)
        return package, list(decoded(name, raw))


def read_standard_library(settings: Corpus) -> tuple[Package, list[Source]]:
    root = Path(sysconfig.get_path("stdlib"))
    package = Package("cpython", sys.version.split()[0], "PSF-2.0", True, "doctests")
    paths = (p for p in sorted(root.rglob("*.py")) if "site-packages" not in p.parts)
    raw = ((str(p.relative_to(root)), p.read_bytes()) for p in paths)
    return package, list(decoded(package.name, raw))


def decoded(package: str, files: Iterable[tuple[str, bytes]]) -> Iterator[Source]:
    """Line ends become \\n; what is not UTF-8 is left out."""
    for path, data in files:
        try:
            text = data.decode("utf-8").removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
        yield Source(package, path, text.replace("\r\n", "\n").replace("\r", "\n"))


class Contamination:
    """Finds copies of held-out packages and tasks by their runs of tokens."""

    def __init__(self, settings: Corpus, wheels: Path, tasks: Path) -> None:
        self.settings = settings
        packages = (
            source.text
            for wheel in sorted(wheels.glob("*.whl"))
            for source in read_wheel(wheel, "", settings)[1]
        )
        length = settings.shingle_tokens
        self.packages = heldout.union(packages, length)
        self.tasks = heldout.union(heldout.task_texts(tasks), length)
        if not len(self.packages) or not len(self.tasks):
            raise SystemExit(f"no held-out texts in {wheels} or {tasks}: run the download first")

    def forget_idioms(self, sources: Iterable[Source]) -> None:
        """Drops from the references what many independent packages also say."""
        both = np.union1d(self.packages, self.tasks)
        seen: defaultdict[int, set[str]] = defaultdict(set)
        for source in sources:
            if heldout.by_path(source.path):
                continue
            hashes = heldout.shingles(source.text, self.settings.shingle_tokens)
            for value in heldout.shared(hashes, both).tolist():
                seen[value].add(source.package)
        idioms = [value for value, names in seen.items() if len(names) >= IDIOM_PACKAGES]
        common = np.array(sorted(idioms), dtype=np.uint64)
        self.packages = np.setdiff1d(self.packages, common)
        self.tasks = np.setdiff1d(self.tasks, common)

    def verdict(self, source: Source) -> str | None:
        """Why a file is held out, or None."""
        if heldout.by_path(source.path):
            return "held_out_path"
        if heldout.by_mention(source.text):
            return "held_out_mention"
        hashes = heldout.shingles(source.text, self.settings.shingle_tokens)
        if len(heldout.shared(hashes, self.tasks)) >= self.settings.shingle_limit:
            return "held_out_task"
        copied = len(heldout.shared(hashes, self.packages))
        limit = max(self.settings.shingle_limit, self.settings.shingle_share * len(hashes))
        return "held_out_copy" if copied >= limit else None


def select(
    packages: list[Package], sources: list[Source], contamination: Contamination, settings: Corpus
) -> list[Source]:
    """Applies every rule except the caps; a package's record says what was refused and why."""
    by_name = {package.name: package for package in packages}
    contamination.forget_idioms(sources)
    seen = SeenTexts(settings.near_duplicate)
    kept = []
    for source in sources:
        package = by_name[source.package]
        package.found += len(source.text)
        reason = contamination.verdict(source) or refusal(source.text, settings)
        if reason is None and not seen.add_if_new(source.text):
            reason = "duplicate"
        if reason is None:
            kept.append(source)
        else:
            package.refused[reason] += 1
    return kept


def cap(sources: list[Source], settings: Corpus) -> list[Source]:
    """Leaves out files, in an order that only their names decide, until both caps hold.

    Each cap is a share of what remains, so cutting for one may break the other: they are
    applied in turn until nothing more goes.
    """
    kept = sorted(sources, key=lambda source: name_hash(source.package, source.path))
    before = -1
    while len(kept) != before:
        before = len(kept)
        kept = cap_tests(kept, settings.test_share)
        kept = cap_packages(kept, settings.package_share)
    return sorted(kept, key=lambda source: (source.package, source.path))


def cap_tests(sources: list[Source], share: float) -> list[Source]:
    code = sum(len(source.text) for source in sources if not is_test(source.path))
    left = code * share / (1 - share)
    kept = []
    for source in sources:
        if is_test(source.path):
            left -= len(source.text)
            if left < 0:
                continue
        kept.append(source)
    return kept


def cap_packages(sources: list[Source], share: float) -> list[Source]:
    sizes: Counter[str] = Counter()
    for source in sources:
        sizes[source.package] += len(source.text)
    limit = fair_limit(list(sizes.values()), share)
    used: Counter[str] = Counter()
    kept = []
    for source in sources:
        if used[source.package] + len(source.text) <= limit:
            used[source.package] += len(source.text)
            kept.append(source)
    return kept


def name_hash(package: str, path: str) -> int:
    """A number that looks random but stays the same from build to build."""
    return int.from_bytes(hashlib.sha256(f"{package}/{path}".encode()).digest()[:8], "big")


def fair_limit(sizes: list[int], share: float) -> float:
    """The size to which the largest must be cut so that none exceeds `share` of the whole."""
    limit = float(max(sizes))
    for _ in range(1000):
        total = sum(min(size, limit) for size in sizes)
        if limit <= share * total * 1.0001:
            break
        limit = share * total
    return limit


def build(folder: Path, tasks: Path, settings: Corpus) -> None:
    tags = {
        distribution(k): tag for k, tag in listed(Path(__file__).with_name("packages.txt")).items()
    }
    packages, sources = [], []
    read = [read_standard_library(settings)]
    for wheel in sorted((folder / "wheels").glob("*.whl")):
        name = wheel.name.split("-")[0].lower()
        if name in tags:
            read.append(read_wheel(wheel, tags[name], settings))
    for package, found in read:
        packages.append(package)
        sources += found
    contamination = Contamination(settings, folder / "heldout", tasks)
    kept = cap(select(packages, sources, contamination, settings), settings)
    write(folder, packages, kept, settings)


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
    rows = [Source(str(r["package"]), str(r["path"]), str(r["text"])) for r in read_corpus(folder)]
    contamination = Contamination(settings, folder / "heldout", tasks)
    contamination.forget_idioms(rows)
    found = [(row, reason) for row in rows if (reason := contamination.verdict(row))]
    for row, reason in found:
        print(f"{reason}: {row.package} {row.path}")
    print(f"{len(found)} of {len(rows)} files")
    return len(found)


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
