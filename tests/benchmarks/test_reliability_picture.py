"""The reliability diagram: well-formed, complete, every point where it belongs."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from benchmarks.quality.reliability_picture import reliability_picture
from ensemble.reward.calibration import Bin

SVG = "{http://www.w3.org/2000/svg}"
SCENES = {
    "two series": {"before": [Bin(3, 0.2, 0.5), Bin(9, 0.9, 0.8)], "after": [Bin(12, 0.7, 0.7)]},
    "nothing known": {"share": []},
    "markup in a name": {"<b>&\"'": [Bin(1, 0.0, 1.0)]},
    "the corners": {"a": [Bin(1, 0.0, 0.0), Bin(1, 1.0, 1.0)]},
}


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_every_point_is_in_the_frame_and_named(scene: dict[str, list[Bin]]) -> None:
    root = ET.fromstring(reliability_picture(scene, "A <title> & more"))
    assert root.attrib["aria-label"] == "A <title> & more"
    width, height = (float(value) for value in root.attrib["viewBox"].split()[2:])
    circles = list(root.iter(f"{SVG}circle"))
    assert len(circles) == sum(map(len, scene.values()))
    for circle in circles:
        assert 0 < float(circle.attrib["cx"]) < width
        assert 0 < float(circle.attrib["cy"]) < height
    texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert set(scene) <= set(texts)


def test_true_scores_lie_on_the_diagonal() -> None:
    points = [Bin(1, part, part) for part in (0.0, 0.25, 1.0)]
    root = ET.fromstring(reliability_picture({"true": points}, ""))
    places = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in root.iter(f"{SVG}circle")]
    (diagonal,) = [line for line in root.iter(f"{SVG}line") if "stroke-dasharray" in line.attrib]
    x1, y1, x2, y2 = (float(diagonal.attrib[name]) for name in ("x1", "y1", "x2", "y2"))
    assert (places[0], places[-1]) == ((x1, y1), (x2, y2))
    for x, y in places:
        assert (x - x1) / (x2 - x1) == pytest.approx((y - y1) / (y2 - y1), abs=1e-3)


def test_more_cases_are_a_larger_point() -> None:
    root = ET.fromstring(reliability_picture({"a": [Bin(1, 0.2, 0.2), Bin(40, 0.9, 0.9)]}, ""))
    small, large = (float(circle.attrib["r"]) for circle in root.iter(f"{SVG}circle"))
    assert 0 < small < large
