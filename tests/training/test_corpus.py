"""What may enter the corpus: licenses, hold-outs, filters, duplicates, caps."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from email.message import Message
from pathlib import Path

import numpy as np
import pytest

from training import heldout
from training.caps import cap, fair_limit
from training.contamination import Contamination
from training.corpus import settle
from training.dedup import SeenTexts, signature, similarity
from training.filters import is_test, refusal
from training.heldout import by_mention, by_path, shared, shingles, union
from training.licenses import of_expression, of_metadata
from training.settings import load
from training.wheels import Package, Source, listed

SETTINGS = load()
CORPUS = SETTINGS.corpus

EXPRESSIONS = [
    ("MIT", True),
    ("BSD-3-Clause AND PSF-2.0", True),
    ("Apache-2.0 OR GPL-3.0-only", True),
    ("(MIT OR GPL-2.0-only) AND BSD-2-Clause", True),
    ("Apache-2.0 WITH LLVM-exception", True),
    ("MIT AND GPL-3.0-only", False),
    ("LGPL-2.1-or-later", False),
    ("MPL-2.0", False),
    ("(GPL-2.0-only OR MPL-2.0) AND MIT", False),
    ("", False),
]


@pytest.mark.parametrize(("expression", "allowed"), EXPRESSIONS)
def test_license_expressions(expression: str, allowed: bool) -> None:
    assert of_expression(expression, CORPUS.licenses) is allowed


METADATA = [
    ({"License": "BSD-3-Clause"}, True),
    ({"License": "Apache License, Version 2.0"}, True),
    ({"License": "Apache 2.0 License"}, True),
    ({"License": "The MIT License (MIT)"}, True),
    ({"License": "GPLv3"}, False),
    ({"License": ""}, False),
    ({}, False),
    ({"Classifier": "License :: OSI Approved :: MIT License"}, True),
    ({"Classifier": "License :: OSI Approved :: GNU General Public License v3 (GPLv3)"}, False),
    # What is declared precisely outweighs what is declared loosely.
    ({"License-Expression": "GPL-3.0-only", "License": "MIT"}, False),
]


@pytest.mark.parametrize(("fields", "allowed"), METADATA)
def test_declared_licenses(fields: dict[str, str], allowed: bool) -> None:
    metadata = Message()
    for key, value in fields.items():
        metadata[key] = value
    assert of_metadata(metadata, CORPUS.licenses)[1] is allowed


def test_every_classifier_must_be_allowed() -> None:
    metadata = Message()
    metadata["Classifier"] = "License :: OSI Approved :: MIT License"
    metadata["Classifier"] = "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)"
    assert not of_metadata(metadata, CORPUS.licenses)[1]


HELD_OUT_PATHS = [
    ("flask/app.py", True),
    ("pip/_vendor/rich/console.py", True),
    ("attr/_make.py", True),
    ("jsonschema/_attrs.py", True),
    ("evals/human-eval/data.py", True),
    ("bench/mbpp_loader.py", True),
    ("enrich/table.py", False),
    ("django/db/models/attributes.py", False),
]


@pytest.mark.parametrize(("path", "held_out"), HELD_OUT_PATHS)
def test_held_out_paths(path: str, held_out: bool) -> None:
    assert by_path(path) is held_out


def test_no_held_out_package_is_on_the_list() -> None:
    names = listed(Path(heldout.__file__).with_name("packages.txt"))
    assert len(names) > 100
    assert not [name for name in names if by_path(name)]


def test_benchmark_files_give_themselves_away() -> None:
    assert by_mention('{"task_id": "HumanEval/1"}'.replace("1", "12"))
    assert not by_mention("def human(): return 1")


SOURCE = "\n".join(f"def name{n}(a, b):\n    return a * {n} + b - {n * n}" for n in range(40))


def test_shingles_ignore_layout_and_see_copies() -> None:
    reference = union([SOURCE], 10)
    moved = SOURCE.replace("    return", "\n\n        return")
    assert len(shared(shingles(moved, 10), reference)) == len(reference)
    inside = "import os\n" + SOURCE[300:700] + "\nclass Other: pass\n"
    assert len(shared(shingles(inside, 10), reference)) > 20
    other = SOURCE.replace("name", "title").replace("*", "//")
    assert len(shared(shingles(other, 10), reference)) == 0


def test_task_texts_hold_problems_but_no_recordings(tmp_path: Path) -> None:
    task = {"prompt": "def f():\n", "canonical_solution": "    return 1\n", "test": "assert f()"}
    for name, row in (("a.jsonl.gz", task), ("recorded-a.jsonl.gz", {"test": "no"})):
        with gzip.open(tmp_path / name, "wt") as out:
            out.write(json.dumps(row) + "\n")
    assert list(heldout.task_texts(tmp_path)) == ["def f():\n    return 1\n", "assert f()"]


def judged(sources: list[Source]) -> list[tuple[Source, str]]:
    """Judges sources against one held-out package and one held-out task."""
    package = union([SOURCE], CORPUS.shingle_tokens)
    task = union([TASK], CORPUS.shingle_tokens)
    contamination = Contamination(CORPUS, package, task)
    return contamination.condemned(map(contamination.evidence, sources))


TASK = """def below_zero(operations):
    balance = 0
    for operation in operations:
        balance += operation
        if balance < 0:
            return True
    return False
"""
OTHER = "\n".join(f"class C{n}:\n    x{n} = {n}\n" for n in range(200))


def test_copies_are_condemned_under_any_name() -> None:
    sources = [
        Source("one", "one/fine.py", OTHER),
        Source("two", "two/_vendor/table.py", "import re\n" + SOURCE),
        Source("two", "two/accounts.py", OTHER + TASK),
        Source("two", "two/rich/__init__.py", ""),
    ]
    found = {source.path: reason for source, reason in judged(sources)}
    assert found == {
        "two/_vendor/table.py": "held_out_copy",
        "two/accounts.py": "held_out_task",
        "two/rich/__init__.py": "held_out_path",
    }


def test_what_many_packages_say_is_an_idiom() -> None:
    sources = [Source(f"package{n}", "accounts.py", OTHER + TASK) for n in range(5)]
    assert not judged(sources)
    assert len(judged(sources[:4])) == 4


def test_leaving_files_out_can_unmask_others() -> None:
    judge = Contamination(CORPUS, union([SOURCE], 10), union([TASK], 10))
    sources = [Source(f"package{n}", "accounts.py", OTHER + TASK) for n in range(4)]
    sources.append(Source("package9", "shelf.py", SOURCE + TASK))
    sources += [Source(f"other{n}", "fine.py", f"x{n} = 1\n" * 400) for n in range(40)]
    packages = [Package(source.package, "1", "MIT", True) for source in sources]
    kept = settle(packages, list(map(judge.evidence, sources)), judge, CORPUS)
    assert {source.path for source in kept} == {"fine.py"}
    refused = {package.name: dict(package.refused) for package in packages if package.refused}
    assert refused.pop("package9") == {"held_out_copy": 1}
    assert refused == {f"package{n}": {"held_out_task": 1} for n in range(4)}


REFUSED = [
    (SOURCE, None),
    ("x = 1\n", "wrong_size"),
    (SOURCE + "\nx = '" + "a" * 1200 + "'\n", "long_lines"),
    ("# " + "-=" * 30 + "\n" + "#" * 80 + "\n" + "+-" * 40 + "\n" + "#." * 60, "few_letters"),
    ("# This file was auto-generated\n" + SOURCE, "generated"),
    ("# GNU Lesser General Public License\n" + SOURCE, "foreign_license"),
    ("table = [\n" + "    (1, 2, 'abc'),\n" * 100 + "]\n", "mostly_data"),
    (SOURCE + "\nprint 'two'\n", "unparsable"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_refusals_name_their_reason(text: str, reason: str | None) -> None:
    assert refusal(text, CORPUS) == reason


TEST_PATHS = [
    ("pandas/tests/frame/test_api.py", True),
    ("test/support/__init__.py", True),
    ("pkg/conftest.py", True),
    ("pkg/latest.py", False),
    ("pkg/contest/board.py", False),
]


@pytest.mark.parametrize(("path", "expected"), TEST_PATHS)
def test_test_files_are_known_by_path(path: str, expected: bool) -> None:
    assert is_test(path) is expected


def test_near_duplicates_are_seen_and_others_kept() -> None:
    seen = SeenTexts(CORPUS.near_duplicate)
    lines = SOURCE.split("\n")
    retouched = [*lines[:30], "# a word", *lines[30:]]
    assert seen.add_if_new(SOURCE)
    assert not seen.add_if_new(SOURCE)
    assert not seen.add_if_new("\n".join(f"  {line}" for line in retouched))
    assert seen.add_if_new("\n".join(lines[:20]) + "\nx = 1\n" * 30)


def test_signatures_estimate_jaccard() -> None:
    draw = random.Random(4)
    lines = [f"line {draw.random()}" for _ in range(400)]
    one, other = "\n".join(lines[:300]), "\n".join(lines[100:])
    # 296 runs each, 196 shared: Jaccard 196 / 396.
    assert similarity(signature(one), signature(other)) == pytest.approx(196 / 396, abs=0.2)


def test_caps_hold_for_packages_and_tests() -> None:
    sources = [
        Source(
            f"package{n % 40}" if n % 3 else "huge",
            f"{'tests' if n % 2 else 'src'}/{n}.py",
            "x" * 500,
        )
        for n in range(6000)
    ]
    kept = cap(sources, CORPUS)
    sizes = Counter(source.package for source in kept)
    tests = sum(is_test(source.path) for source in kept)
    assert 0.035 < sizes["huge"] / len(kept) <= 0.0401
    assert 0.15 < tests / len(kept) <= 0.2001
    assert cap(list(reversed(sources)), CORPUS) == kept  # only names decide


def test_the_fair_limit_is_a_share_of_what_it_leaves() -> None:
    sizes = [1000, 500, *[20] * 100]
    limit = fair_limit(sizes, 0.04)
    assert limit == pytest.approx(0.04 * sum(min(size, limit) for size in sizes), rel=0.01)


def test_the_recipe_adds_up() -> None:
    for samples in (SETTINGS.samples, SETTINGS.decay_samples):
        assert sum(samples.holes.values()) == pytest.approx(1.0)
    for run in SETTINGS.runs.values():
        shape = SETTINGS.models[run.model]
        assert run.batch_tokens % (run.length * run.micro_batch) == 0
        assert shape.heads % shape.kv_heads == 0
        assert np.gcd(shape.width, 32) == 32  # Q8_0 packs rows by 32
