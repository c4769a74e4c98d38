"""The picture: well-formed, complete, in the right order, readable."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from ensemble.evaluation.picture import picture
from ensemble.evaluation.results import Result

SVG = "{http://www.w3.org/2000/svg}"


def result(rate: float, cost: float, kind: str = "policy") -> Result:
    interval = (max(0.0, rate - 0.05), min(1.0, rate + 0.05))
    return Result(kind, None, 10, 0, 0, rate, interval, cost, {}, 10, 5, 0, 0, 0, 0)


SCENES = {
    "several": {"a": result(0.5, 1), "b": result(0.6, 10), "c": result(0.9, 300, "bound")},
    "equal": {"a": result(0.5, 1), "b": result(0.5, 1), "c": result(0.5, 1)},
    "one": {"a": result(0.0, 2, "single")},
    "free": {"a": result(1.0, 0), "b": result(0.1, 1)},
    "markup in a name": {"<b>&\"'": result(0.5, 1)},
    "many": {f"policy {n}": result(n / 40, 1 + n) for n in range(25)},
}


def drawn(scene: dict[str, Result]) -> ET.Element:
    return ET.fromstring(picture(scene, "A <title> & more"))


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_everything_is_in_the_frame_and_no_label_covers_another(scene: dict[str, Result]) -> None:
    root = drawn(scene)
    width, height = (float(value) for value in root.attrib["viewBox"].split()[2:])
    circles = list(root.iter(f"{SVG}circle"))
    assert len(circles) == len(scene)
    for circle in circles:
        assert 0 < float(circle.attrib["cx"]) < width
        assert 0 < float(circle.attrib["cy"]) < height
    labels = [text for text in root.iter(f"{SVG}text") if "style" in text.attrib]
    assert [label.text for label in labels] == [
        f"{name} {result.pass_at_1:.1%}" for name, result in scene.items()
    ]
    heights = sorted(float(label.attrib["y"]) for label in labels)
    assert all(0 < value < height for value in heights)
    assert all(below - above > 14 for above, below in pairwise(heights))


def test_better_is_higher_and_dearer_is_further_right() -> None:
    circles = list(drawn(SCENES["several"]).iter(f"{SVG}circle"))
    xs = [float(circle.attrib["cx"]) for circle in circles]
    ys = [float(circle.attrib["cy"]) for circle in circles]
    assert xs == sorted(xs)
    assert ys == sorted(ys, reverse=True)


def test_numbers_are_written_plainly() -> None:
    assert not re.search(r"nan|inf|e[-+]\d", picture(SCENES["several"], "title"))
