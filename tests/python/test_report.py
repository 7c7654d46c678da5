"""vol-sparse report, and vol_sparse.show: what the page holds, and what a reader can do with it, in Chromium."""

import base64
import itertools
import json
import os
import re
import struct
import sys
import zlib
from html.parser import HTMLParser
from pathlib import Path

import h5py
import numpy as np
import pytest
from chromium import Page
from harness import DIST, configured, native_environment, run_command, run_function, sparse_environment

# What a file may call a dataset; in a page it must stay a name.
NASTY = '<img src=x onerror="document.title=1">&amp;\'"'


def write(group, seed):
    random = np.random.default_rng(seed)
    with h5py.File("run.h5", "w") as file:
        frames = file.create_dataset(f"{group}/frames", (40, 60, 90), "u2", chunks=(1, 60, 90))
        for i in range(0, 40, 3):
            frames[i, 10 : 10 + i, 20:30] = random.integers(1, 9, (i, 10))
        file.create_dataset("line", (1000,), "f8", chunks=(100,), compression="gzip")[7] = 1
        file.create_dataset(NASTY, (5, 5), "i4", chunks=(5, 5))[2, 3] = 1
        file.create_dataset("empty", (0, 4), "i4", chunks=(5, 4), maxshape=(None, 4))
        file["scalar"] = "text"


def write_native():
    with h5py.File("run.h5", "r+") as file:
        thin = np.zeros((10, 200, 200), "i4")
        thin[:, 3, :] = 9
        file.create_dataset("native/thin", data=thin, chunks=(1, 200, 200))
        file.create_dataset("native/contiguous", data=thin)


def report(folder, *arguments, check=True):
    library = str(next(Path(h5py.__file__).parent.parent.glob("h5py.libs/libhdf5-*.so*"), ""))
    env = native_environment(VOL_SPARSE_HDF5=library)
    return run_command([DIST / "bin" / "vol-sparse", "report", *arguments], folder, env, check)


@pytest.fixture(scope="module")
def run(tmp_path_factory, seed):
    folder = tmp_path_factory.mktemp("report")
    run_function(write, "entry/data", seed, cwd=folder, env=sparse_environment())
    run_function(write_native, cwd=folder, env=native_environment())
    report(folder, "run.h5", "-o", "report.html")
    return folder


class Reader(HTMLParser):
    """Elements with their attributes and the text in them."""

    VOID = ("meta", "img", "br", "link", "input")

    def __init__(self, html):
        super().__init__()
        self.elements, self._open = [], []
        self.feed(html)
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "text": "", "inside": [e["tag"] for e in self._open], **dict(attrs)}
        self.elements.append(element)
        if tag not in self.VOID:
            self._open.append(element)

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag):
        if tag == "rect":
            return
        assert self._open.pop()["tag"] == tag, f"</{tag}> closes something else"

    def handle_data(self, data):
        for element in self._open:
            element["text"] += data

    def all(self, tag):
        return [e for e in self.elements if e["tag"] == tag]


def without_rectangles(html):
    return re.sub(r"<rect [^>]*/>", "", html)


def test_structure(run):
    """Headings in order, captions and headings of tables, names of what can be reached; nothing from elsewhere."""
    html = (run / "report.html").read_text(encoding="utf-8")
    page = Reader(without_rectangles(html))
    identifiers = [e["id"] for e in page.elements if "id" in e]
    assert len(identifiers) == len(set(identifiers))
    for link in page.all("a"):
        assert link["href"].startswith("#")
        assert link["href"][1:] in identifiers
    levels = [int(e["tag"][1]) for e in page.elements if re.fullmatch("h[1-6]", e["tag"])]
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels)), levels
    for table in ("caption", "thead", "tbody"):
        assert len(page.all(table)) == len(page.all("table")) > 5
    assert all(e["scope"] in ("row", "col") for e in page.all("th"))
    assert all(e["alt"] for e in page.all("img"))
    assert {e["for"] for e in page.all("label")} == {e["id"] for e in page.all("select")}
    assert all(e.get("aria-label") for e in page.elements if e.get("role") in ("img", "region"))
    assert all("src" not in e or e["src"].startswith("data:") for e in page.elements)
    assert not page.all("link")
    assert page.all("html")[0]["lang"] == "en"
    titles = [e["text"] for e in page.all("h2")]
    with h5py.File(run / "run.h5") as file:
        names = []
        file.visititems(lambda name, found: names.append(name) if isinstance(found, h5py.Dataset) else None)
    assert {f"/{name}" for name in names} <= set(titles)


def test_figures(run):
    """What the page says of datasets is what info and advise say."""
    html = (run / "report.html").read_text(encoding="utf-8")
    page = Reader(without_rectangles(html))
    rows = {}
    text = re.sub(r"(?s)<tr><th scope=\"row\">(.*?)</tr>", lambda m: rows.setdefault(m[1], "") or "", html)
    overview = next(
        re.findall(r"<tr>.*?</tr>", part, re.S)
        for part in html.split("</table>")
        if "All datasets</caption>" in part
    )
    assert text
    library = str(next(Path(h5py.__file__).parent.parent.glob("h5py.libs/libhdf5-*.so*"), ""))
    env = native_environment(VOL_SPARSE_HDF5=library)
    done = run_command([DIST / "bin" / "vol-sparse", "info", "--json", "run.h5"], run, env)
    infos = json.loads(done.stdout)["datasets"]
    assert len(overview) - 1 == len(infos)  # and the headings
    for row, info in zip(overview[1:], infos, strict=True):
        assert ("<td>sparse</td>" in row) == info["sparse"], row
    facts = [e["text"] for e in page.all("dd")]
    frames = next(info for info in infos if info["name"].endswith("frames"))
    assert f"{frames['defined']} elements, {100 * frames['density']:.2f} %" in facts
    done = run_command([DIST / "bin" / "vol-sparse", "advise", "--json", "run.h5"], run, env)
    assert json.loads(done.stdout)["command"] in page.all("pre")[0]["text"]


def opacities(uri):
    """The pixels of an image: how much of the colour each has."""
    png = base64.b64decode(uri.removeprefix("data:image/png;base64,"))
    chunks, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        chunks[png[at + 4 : at + 8]] = png[at + 8 : at + 8 + length]
        at += 12 + length
    width, height = struct.unpack_from(">II", chunks[b"IHDR"])
    pixels = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), "u1").reshape(height, width + 1)[:, 1:]
    return np.frombuffer(chunks[b"tRNS"], "u1")[pixels]


def test_maps_show_what_is_defined(run):
    """A pixel for each element, and its opacity grows with the number of frames in which it is defined."""
    page = Reader(without_rectangles((run / "report.html").read_text(encoding="utf-8")))
    images = {e["alt"]: e["src"] for e in page.all("img")}
    (summed,) = [src for alt, src in images.items() if "/entry/data/frames" in alt]
    # Reading natively needs the filter alone, which the test process has not: what was written is known.
    expected = np.zeros((60, 90), int)
    for i in range(0, 40, 3):
        expected[10 : 10 + i, 20:30] += 1
    shown = opacities(summed)
    assert ((shown > 0) == (expected > 0)).all()
    order = np.argsort(expected, axis=None, kind="stable")
    assert (np.diff(shown.ravel()[order].astype(int)) >= 0).all()
    options = [e for e in page.all("option") if "frame " in e["text"]]
    options = [e for e in options if opacities(e["data-image"]).shape == expected.shape]
    assert options
    for option in options:
        i = int(option["text"].removeprefix("frame "))
        one = np.zeros((60, 90), bool)
        if i % 3 == 0:
            one[10 : 10 + i, 20:30] = True
        assert ((opacities(option["data-image"]) > 0) == one).all(), i


def test_in_a_browser(run):
    """Without a complaint and without a request; by keyboard; as a screen reader finds it."""
    with Page(run / "report.html") as page:
        assert page.complaints == []
        assert [url for url in page.loaded if not url.startswith(("data:", "file:"))] == []
        assert page.evaluate("document.title") == "run.h5 – vol-sparse"
        assert page.evaluate("document.querySelectorAll('img:not(.stage img)').length") == 0
        page.press("Tab", 9)
        assert page.evaluate("document.activeElement.className") == "skip"
        stage = "document.querySelector('figure.map .stage')"
        for _ in range(200):
            if page.evaluate(f"document.activeElement === {stage}"):
                break
            page.press("Tab", 9)
        assert page.evaluate(f"document.activeElement === {stage}"), "the map cannot be reached by keyboard"
        width = page.evaluate(f"{stage}.firstElementChild.offsetWidth")
        page.press("+", 187, "+")
        page.press("+", 187, "+")
        assert page.evaluate(f"{stage}.firstElementChild.offsetWidth") == 4 * width
        view = "document.querySelector('figure.map .view').textContent"
        assert page.evaluate(view).startswith("Zoom 4: rows ")
        before = page.evaluate(f"{stage}.scrollLeft")
        page.press("ArrowRight", 39)
        page.wait_for(f"{stage}.scrollLeft > {before}")
        page.press("0", 48, "0")
        assert page.evaluate(f"{stage}.firstElementChild.offsetWidth") == width
        assert page.evaluate(view) == ""
        buttons = "[...document.querySelectorAll('figure.map button')].map(b => [b.textContent, b.disabled])"
        assert page.evaluate(buttons)[:3] == [["Zoom in", False], ["Zoom out", True], ["Whole map", True]]

        image = "document.querySelector('select').closest('figure').querySelector('img')"
        whole = page.evaluate(f"{image}.src")
        page.evaluate("document.querySelector('select').focus()")
        page.press("ArrowDown", 40)
        page.wait_for(f"{image}.src !== {json.dumps(whole)}")
        assert page.evaluate(f"{image}.alt").startswith(
            "Where the defined elements of /entry/data/frames are; frame "
        )
        page.press("ArrowUp", 38)
        page.wait_for(f"{image}.src === {json.dumps(whole)}")

        found = page.accessible()
        names = {}
        for role, name, _ in found:
            names.setdefault(role, []).append(name)
        assert "Groups and datasets" in names["navigation"]
        assert any("Where the defined elements of /entry/data/frames are" in n for n in names["image"])
        assert any(n.startswith("Map of /entry/data/frames") for n in names["region"])
        assert "Show" in names["combobox"]
        assert "All datasets" in names["table"]
        assert all(
            name for role, name, _ in found if role in ("button", "link", "image", "region", "combobox")
        )
        assert any(
            properties.get("level") == 1 and name == "run.h5"
            for role, name, properties in found
            if role == "heading"
        )


def luminance(colour):
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


CONTRASTS = """
[...document.querySelectorAll("h1, h2, h3, p, a, dt, dd, th, td, caption, small, summary, figcaption, button, select")]
  .filter(e => e.offsetParent && !e.disabled)
  .map(e => {
    let behind = e;
    const back = () => getComputedStyle(behind).backgroundColor;
    while (behind.parentElement && back() === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
    return [e.tagName + " " + e.className, getComputedStyle(e).color, back()];
  })
"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_light_and_dark(run, dark):
    """Text stands out from what is behind it, by the figure that WCAG asks for; nothing is wider than a phone."""
    with Page(run / "report.html", width=360, height=700, dark=dark) as page:
        assert page.complaints == []
        assert (luminance(page.evaluate("getComputedStyle(document.body).backgroundColor")) < 0.1) == dark
        for what, front, back in {tuple(found) for found in page.evaluate(CONTRASTS)}:
            high, low = sorted((luminance(front), luminance(back)), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= 4.5, (what, front, back)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 360
        if "VOL_SPARSE_SCREENSHOTS" in os.environ:
            page.screenshot(Path(os.environ["VOL_SPARSE_SCREENSHOTS"]) / f"narrow-{dark}.png")


def test_damaged_and_unreadable(tmp_path, seed):
    """A damaged chunk is told of where the map would be; the others are drawn."""
    run_function(write, "entry", seed, cwd=tmp_path, env=sparse_environment())
    with h5py.File(tmp_path / "run.h5") as file:
        chunk = file["entry/frames"].id.get_chunk_info(5)
    with open(tmp_path / "run.h5", "r+b") as file:
        file.seek(chunk.byte_offset + chunk.size - 1)
        last = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([last[0] ^ 1]))
    html = report(tmp_path, "run.h5").stdout
    assert "Not drawn, because a chunk cannot be read" in html
    assert "1 chunk damaged: vol-sparse verify lists them" in html
    assert html.count('<figure class="map"') == 2
    done = report(tmp_path, "run.h5", "nothing", check=False)
    assert (done.status, done.stdout) == (1, "")
    assert "has no dataset nothing" in done.stderr
    done = report(tmp_path, "run.h5", "-o", "no/where.html", check=False)
    assert done.status == 1
    assert "no/where.html" in done.stderr


def show_page(libver, mode):
    """In the process of a user: what show gives of a file that is open, and was just written."""
    import h5py
    import numpy as np
    import vol_sparse

    with h5py.File("shown.h5", "w", libver=libver) as file:
        frames = file.create_dataset("a/frames", (8, 30, 40), "u2", chunks=(1, 30, 40))
        frames[3, 4, 5:9] = 7
        if mode == "writing":
            return of_shown(vol_sparse.show(frames))
    with h5py.File("shown.h5") as file:
        shown = vol_sparse.show(file["a/frames"], frames=2)
        shown.save("saved.html")
        with np.testing.assert_raises(TypeError):
            vol_sparse.show("a/frames")
        return of_shown(shown)


def of_shown(shown):
    return repr(shown), shown.html, shown._repr_html_()


@pytest.mark.parametrize(("libver", "mode"), [("earliest", "writing"), ("latest", "read")])
def test_show(tmp_path, libver, mode):
    env = sparse_environment(PYTHONPATH=str(DIST / "python"))
    representation, html, notebook = run_function(show_page, libver, mode, cwd=tmp_path, env=env).value
    assert "/a/frames in shown.h5" in representation
    page = Reader(without_rectangles(html))
    assert [e["text"] for e in page.all("h2")] == ["/a/frames"]
    assert "4 elements, 0.04 %" in [e["text"] for e in page.all("dd")]
    (frame,) = Reader(notebook).all("iframe")
    assert frame["srcdoc"] == html
    assert "/a/frames" in frame["title"]
    if mode == "read":
        assert (tmp_path / "saved.html").read_text(encoding="utf-8") == html
        (tmp_path / "cell.html").write_text(f"<!DOCTYPE html><title>notebook</title>{notebook}")
        with Page(tmp_path / "cell.html") as browser:
            assert browser.complaints == []
            found = browser.accessible()
            assert any(role in ("Iframe", "iframe") and "/a/frames" in name for role, name, _ in found), found


@pytest.mark.parametrize("durable", ["process", "off"])
def test_show_of_what_nobody_else_can_read(tmp_path, durable):
    """A file in a format that only its writer may open is there as it was flushed, where that is kept."""
    script = """
import vol_sparse, h5py
for name, options in (("memory.h5", {"driver": "core", "backing_store": False}), ("new.h5", {"libver": "latest"})):
    with h5py.File(name, "w", **options) as file:
        try:
            print(vol_sparse.show(file.create_dataset("x", (5,), "i4", chunks=(5,))))
        except OSError as error:
            print(error)
"""
    env = sparse_environment(PYTHONPATH=str(DIST / "python"), **configured(durable=durable))
    done = run_command([sys.executable, "-c", script], tmp_path, env)
    memory, new = done.stdout.splitlines()
    assert memory == "'memory.h5' is not in the file system, where show reads it"
    if durable == "off":
        assert new.startswith(
            "'new.h5' is open for writing in a format that only one process may open: close it"
        )
    else:
        assert "/x in new.h5" in new
