"""The picture of the stacks: nothing is missing, and nothing covers anything else."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cloudformation import picture
from cloudformation.__main__ import main
from cloudformation.picture.svg import COLOURS
from cloudformation.picture.text import width
from cloudformation.settings import ENVIRONMENTS
from cloudformation.stacks import STACKS, render
from tests.cloudformation.rules import Json

ROOT = Path(__file__).parents[3]
SVG = "{http://www.w3.org/2000/svg}"
SIZES = {"picture": 22, "title": 18, "pill": 11}
BOLD = {"picture", "title", "heading", "pill"}


@pytest.fixture(scope="module")
def rendered() -> dict[Path, str]:
    return render(ENVIRONMENTS)


@pytest.fixture(scope="module")
def drawn(rendered: dict[Path, str]) -> ElementTree.Element:
    return ElementTree.fromstring(picture.draw(rendered))


@pytest.fixture(scope="module")
def words(drawn: ElementTree.Element) -> set[str]:
    """Every name that can be read, resource types without their `AWS::`."""
    return set(re.findall(r"[\w:]+", " ".join("".join(text.itertext()) + " " for text in _texts(drawn))))


@pytest.fixture(scope="module")
def stacks(rendered: dict[Path, str]) -> list[Json]:
    return [json.loads(text) for text in rendered.values()]


@pytest.mark.parametrize("part", ["Resources", "Parameters", "Outputs"])
def test_every_name_of_the_templates_is_shown(part: str, stacks: list[Json], words: set[str]) -> None:
    read = {name for stack in stacks for name in stack["Parameters"]} if part == "Outputs" else set()
    assert {name for stack in stacks for name in stack.get(part, {})} - read - words == set()


def test_every_type_follows_its_count(rendered: dict[Path, str], drawn: ElementTree.Element) -> None:
    resources = {
        (path.stem, name): body["Type"].removeprefix("AWS::")
        for path, text in rendered.items()
        for name, body in json.loads(text)["Resources"].items()
    }
    counts = Counter((stack, kind) for (stack, _), kind in resources.items())
    lines = [" ".join("".join(text.itertext()).split()) for text in _texts(drawn)]
    shown = Counter((number, line.split(" ")[0]) for number, line in pairwise(lines) if number.isdigit())
    assert shown == Counter((str(count), kind) for (_, kind), count in counts.items())


def test_every_reader_has_a_line_from_its_source(
    rendered: dict[Path, str], drawn: ElementTree.Element
) -> None:
    titles = [title.text or "" for title in drawn.iterfind(f".//{SVG}g/{SVG}title")]
    lines = {
        (reader, source, name)
        for reader, source, names in re.findall(r"(\w+) reads from (\w+): (.*)", "\n".join(titles))
        for name in re.findall(r"[A-Z]\w+", names)
    }
    sources = {
        name: path.stem for path, text in rendered.items() for name in json.loads(text).get("Outputs", {})
    }
    assert lines == {
        (path.stem, sources.get(name, "deployment"), name)
        for path, text in rendered.items()
        for name in json.loads(text)["Parameters"]
    }


def test_committed_picture_shows_the_templates() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cloudformation", "graph", "--check"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_graph_writes_what_check_accepts(tmp_path: Path) -> None:
    assert main(["graph", "--to", str(tmp_path / "stacks.svg")]) == 0
    assert main(["graph", "--to", str(tmp_path / "stacks.svg"), "--check"]) == 0


def test_stale_picture_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stale = tmp_path / "stacks.svg"
    stale.write_text("<svg/>")
    assert main(["graph", "--to", str(stale), "--check"]) == 1
    assert "run `python -m cloudformation graph`" in capsys.readouterr().err
    assert stale.read_text() == "<svg/>"


def test_what_only_prod_has_says_so(drawn: ElementTree.Element) -> None:
    text = " ".join("".join(text.itertext()) for text in _texts(drawn))
    assert "DatabaseReplicaLag (prod)" in text
    assert "DatabaseCpu (" not in text


def test_no_text_lies_on_another(drawn: ElementTree.Element) -> None:
    places = [_place(text) for text in _texts(drawn)]
    assert [(one, other) for one, other in combinations(places, 2) if _overlap(one, other)] == []


def test_text_stays_inside_its_box(drawn: ElementTree.Element) -> None:
    boxes = [_rectangle(box) for box in drawn.iterfind(f"{SVG}rect[@class='box']")]
    places = [_place(text) for text in _texts(drawn)]
    heading = [place for place in places if place[3] < min(box[1] for box in boxes)]
    outside = [place for place in places if not any(_inside(place, box) for box in boxes)]
    assert outside == heading


def test_boxes_lie_apart(drawn: ElementTree.Element) -> None:
    boxes = [_rectangle(box) for box in drawn.iterfind(f"{SVG}rect[@class='box']")]
    assert len(boxes) == len(STACKS) + 2
    assert [pair for pair in combinations(boxes, 2) if _overlap(*pair)] == []


def test_no_two_lines_run_on_each_other(drawn: ElementTree.Element) -> None:
    wires = [_wire(path) for path in drawn.iterfind(f".//{SVG}path[@class='wire']")]
    assert len(wires) > len(STACKS)
    assert [pair for pair in combinations(wires, 2) if _overlap(*pair)] == []


def test_stacks_side_by_side_keep_lines_apart() -> None:
    reads = {"first": [], "second": [], "third": ["OfSecond"], "fourth": ["OfFirst"]}
    drawn = ElementTree.fromstring(
        picture.draw({Path(f"dev/{name}.json"): _tiny(name, reads[name]) for name in reads})
    )
    across = [
        wire for wire in map(_wire, drawn.iterfind(f".//{SVG}path[@class='wire']")) if "across" in wire[4]
    ]
    assert [pair for pair in combinations(across, 2) if _overlap(*pair)] == []


def test_names_can_be_read_on_their_colours() -> None:
    assert [colour for colour in COLOURS if 1.05 / (_luminance(colour) + 0.05) < 4.5] == []


def test_description_tells_what_lines_show(drawn: ElementTree.Element) -> None:
    told = drawn.findtext(f"{SVG}desc") or ""
    assert "data (the database) reads foundation, network." in told
    assert [stack for stack in STACKS if f"{stack} (" not in told] == []


Rectangle = tuple[float, float, float, float, str]
"""Left, top, right, bottom, and what it is."""


def _tiny(name: str, reads: list[str]) -> str:
    """The template of a stack without resources, which puts out one value and reads some of others."""
    return json.dumps(
        {
            "Description": f"Test: {name}",
            "Resources": {},
            "Outputs": {f"Of{name.title()}": {}},
            "Parameters": {value: {} for value in reads},
        }
    )


def _texts(drawn: ElementTree.Element) -> list[ElementTree.Element]:
    return list(drawn.iter(f"{SVG}text"))


def _place(text: ElementTree.Element) -> Rectangle:
    spans = list(text) or [text]
    styles = [span.get("class", "") for span in spans]
    size = max(SIZES.get(style, 12) for style in styles)
    needed = sum(
        width((span.text or "") + (span.tail or ""), SIZES.get(style, 12), bold=style in BOLD)
        + float(span.get("dx", 0))
        for span, style in zip(spans, styles, strict=True)
    )
    x, y = float(text.get("x", "")), float(text.get("y", ""))
    left = x - needed * {"start": 0.0, "middle": 0.5, "end": 1.0}[text.get("text-anchor", "start")]
    return left, y - 0.76 * size, left + needed, y + 0.24 * size, "".join(text.itertext())


def _rectangle(box: ElementTree.Element) -> Rectangle:
    x, y, across, down = (float(box.get(name, "")) for name in ("x", "y", "width", "height"))
    return x, y, x + across, y + down, "box"


def _wire(path: ElementTree.Element) -> Rectangle:
    """Two lines may cross; a line is taken along its direction only, so that crossings do not count."""
    x1, y1, x2, y2 = (float(number) for number in re.findall(r"[\d.]+", path.get("d", "")))
    colour = path.get("stroke", "")
    if y1 == y2:
        return min(x1, x2), y1 - 1, max(x1, x2), y1 + 1, f"across {colour}"
    return x1 - 1, min(y1, y2), x1 + 1, max(y1, y2), f"down {colour}"


def _overlap(one: Rectangle, other: Rectangle) -> bool:
    crossing = {one[4].split(" ")[0], other[4].split(" ")[0]} == {"across", "down"}
    return (
        not crossing and one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    )


def _inside(place: Rectangle, box: Rectangle) -> bool:
    return box[0] < place[0] and box[1] < place[1] and place[2] < box[2] and place[3] < box[3]


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
