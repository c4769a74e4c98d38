"""Writes the files that were kept out of training for validation: what policies are fitted on.

    python -m training.unseen OUT_FOLDER
    coterie evaluate --repo OUT_FOLDER --limit 300 --search --out policy.toml

They come from the same packages as the corpus, so they are easier than the held-out packages, and
figures of them are no evidence. Fitting on them leaves the held-out packages unseen.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.settings import home


def unseen() -> Iterator[dict[str, Any]]:
    """The rows of the corpus that no model was trained on: `package`, `path`, `text`."""
    with gzip.open(home() / "corpus.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if row["valid"]:
                yield row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    count = 0
    for row in unseen():
        path = folder / row["package"] / row["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(row["text"], encoding="utf-8", newline="")
        count += 1
    print(f"{folder}: {count} files")


if __name__ == "__main__":
    main()
