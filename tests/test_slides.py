"""The notebooks as talks, as a browser shows them: offline, every slide walked to, measured and read.

What needs a browser is skipped where there is none.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from sizes import size

from kevent_sim.course import slides
from kevent_sim.course.setup import check as setup_check

NOTEBOOKS = setup_check.notebooks(Path(__file__).parent.parent)
NAMES = [path.stem for path in NOTEBOOKS]
SIZE = {"width": 1280, "height": 720}

# Every slide once, all that it reveals revealed: what a test below asks of it.
WALK = """() => {
  const slides = [];
  const where = (e) => `${e.tagName}.${e.className}: ${e.textContent.trim().slice(0, 40)}`;
  const inside = (box) => box.left > -1 && box.top > -1 && box.right < 1281 && box.bottom < 721;
  const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (e) => {
    const colour = getComputedStyle(e).backgroundColor;
    return /, 0\\)$|transparent/.test(colour) && e.parentElement ? ground(e.parentElement) : colour;
  };
  const contrast = (e) => {
    const [a, b] = [light(getComputedStyle(e).color), light(ground(e))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const letters = (e) => {
    const svg = e.ownerSVGElement;
    const scale = svg ? svg.getBoundingClientRect().height / svg.viewBox.baseVal.height : 1;
    return parseFloat(getComputedStyle(e).fontSize) * scale;
  };
  const look = () => {
    const slide = Reveal.getCurrentSlide();
    const all = [...slide.querySelectorAll("*")].filter((e) => !e.closest(".notes") && e.getClientRects().length);
    const free = all.filter((e) => !e.parentElement.closest("[data-scrolls]") && !e.ownerSVGElement);
    const clipped = (e) => !e.matches("[data-scrolls], tr, img") && getComputedStyle(e).display !== "inline"
      && (e.scrollHeight > e.clientHeight + 2 || e.scrollWidth > e.clientWidth + 2);
    const spoken = (e) => [...e.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    slides.push({
      content: [...slide.querySelectorAll(":scope > .block")]
        .filter((block) => block.innerText.trim() || block.querySelector("figure")).length,
      outside: free.filter((e) => !inside(e.getBoundingClientRect()) || clipped(e)).map(where),
      scrolls: [...slide.querySelectorAll("[data-scrolls]")]
        .map((e) => [e.className, e.tabIndex, e.getAttribute("role"), e.getAttribute("aria-label")]),
      pictures: [...slide.querySelectorAll("figure > img")]
        .map((e) => [e.complete && e.naturalWidth > 0, e.alt.length, e.height])
        .concat([...slide.querySelectorAll("figure > div > svg")]
          .map((e) => [e.querySelectorAll("path").length > 2, e.ariaLabel.length, e.getBoundingClientRect().height])),
      faint: all.filter((e) => spoken(e) && contrast(e) < 4.5).map(where),
      smallest: Math.min(...all.filter((e) => spoken(e) && !e.ownerSVGElement).map(letters)),
      drawn: Math.min(...all.filter((e) => e.tagName === "text").map(letters)),
      hidden: [...slide.querySelectorAll(".fragment:not(.visible)")].length,
      notes: [...slide.querySelectorAll(".notes")].map((e) => e.textContent.trim()),
      text: slide.innerText,
    });
  };
  for (let steps = 0; steps < 2000; steps++) {
    if (!Reveal.availableFragments().next) look();
    if (Reveal.isLastSlide() && !Reveal.availableFragments().next) return { slides, total: Reveal.getTotalSlides() };
    Reveal.next();
  }
}"""


@pytest.fixture(scope="module")
def page(browser) -> Iterator:
    """A page that notes in `asked` what it asks of a network, and in `problems` what goes wrong."""
    opened = browser.new_page(viewport=SIZE)
    opened.asked, opened.problems = [], []
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.on("pageerror", lambda error: opened.problems.append(str(error)))
    opened.on("console", lambda said: opened.problems.append(said.text) if said.type in ("error", "warning") else None)
    yield opened
    opened.close()


def opened_at(page, path: Path):
    page.asked.clear()
    page.problems.clear()
    page.goto(path.as_uri())
    page.wait_for_function("() => window.Reveal && Reveal.isReady()")
    return page


@pytest.fixture(scope="module", params=NAMES[:: size(3, 1)])
def walked(request, page, talk):
    """A notebook's slides as they were met, with what the page asked for and complained of meanwhile."""
    found = opened_at(page, talk / f"{request.param}.html").evaluate(WALK)
    return {**found, "name": request.param, "asked": list(page.asked), "problems": list(page.problems)}


def each(walked, what: str) -> list:
    """(number, finding) of all slides that have one."""
    return [(number, slide[what]) for number, slide in enumerate(walked["slides"], 1) if slide[what]]


# Each talk in a browser


def test_nothing_is_asked_of_any_network(walked):
    assert walked["asked"]
    assert {urlsplit(url).scheme for url in walked["asked"]} <= {"file", "data"}


def test_the_browser_has_nothing_to_complain_of(walked):
    assert walked["problems"] == []


def test_keys_lead_to_every_slide_and_reveal_all_that_is_on_it(walked):
    assert len(walked["slides"]) == walked["total"] > 10
    assert each(walked, "hidden") == []


def test_no_slide_is_empty(walked):
    assert [number for number, slide in enumerate(walked["slides"], 1) if not slide["content"]] == []


def test_nothing_reaches_beyond_its_slide(walked):
    assert each(walked, "outside") == []


def test_nothing_in_the_course_has_to_be_scrolled_before_an_audience(walked):
    assert each(walked, "scrolls") == []


def test_a_listing_goes_on_slide_after_slide_and_no_line_is_lost(walked):
    cells = json.loads((NOTEBOOKS[0].parent / f"{walked['name']}.ipynb").read_text(encoding="utf-8"))["cells"]
    there = "".join("".join(slide["text"].split()) for slide in walked["slides"] if slide["content"])
    there = there.replace("Pythonasthiscourserunsit", "")
    for cell in cells:
        for output in cell.get("outputs", ()) if "hidden" not in cell["metadata"].get("tags", ()) else ():
            data = output.get("data", {})
            if "C, as a WDK driver" in "".join(data.get("text/html", "")):
                for line in "".join(data["text/plain"]).splitlines():
                    assert "".join(line.split()) in there


def test_no_answer_is_on_its_slide_before_a_key_asks_for_it(walked):
    cells = json.loads((NOTEBOOKS[0].parent / f"{walked['name']}.ipynb").read_text(encoding="utf-8"))["cells"]
    asked = False
    for cell in cells:
        kind = cell["metadata"]["slideshow"]["slide_type"]
        asked = asked and kind not in ("slide", "subslide")
        assert not (asked and cell.get("outputs") and kind not in ("fragment", "skip"))
        asked = asked or "**Predict" in "".join(cell["source"])


def test_pictures_are_there_described_and_large(walked):
    for _, found in each(walked, "pictures"):
        assert all(loaded and words >= 25 and height >= 150 for loaded, words, height in found)


def test_every_word_stands_out_from_its_ground(walked):
    assert each(walked, "faint") == []


def test_no_letter_is_too_small_for_the_last_row(walked):
    assert min(slide["smallest"] for slide in walked["slides"]) >= 16
    assert min((slide["drawn"] for slide in walked["slides"] if slide["drawn"] is not None), default=9) >= 9


def test_the_speaker_has_the_notes_of_the_notebook(walked):
    cells = json.loads((NOTEBOOKS[0].parent / f"{walked['name']}.ipynb").read_text(encoding="utf-8"))["cells"]
    written = [cell["source"] for cell in cells if cell["metadata"]["slideshow"]["slide_type"] == "notes"]
    there = "\n".join(note for _, notes in each(walked, "notes") for note in notes)
    for source in written:
        words = re.findall(r"\w+", "".join(source))
        assert re.search(r"\W+".join(words[-8:]), there)


def test_an_audience_sees_no_solution_no_hidden_assertion_and_no_verdict_on_no_answer(walked):
    for slide in walked["slides"]:
        assert not re.search(r"^assert |<details>|^Solution$|○ still missing", slide["text"], re.MULTILINE)


def test_where_a_widget_would_be_the_slide_says_that_it_lives_in_jupyterlab(walked):
    cells = json.loads((NOTEBOOKS[0].parent / f"{walked['name']}.ipynb").read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    plain = ["".join(output.get("data", {}).get("text/plain", "")) for output in outputs]
    widgets = [text for text in plain if re.match(r"\w+Lab: |IntSlider\(", text)]
    shown = "".join(slide["text"] for slide in walked["slides"])
    assert shown.count(slides.LIVE) == len(widgets)
    assert "IntSlider(value" not in shown


# The speaker's view, and the way there


def test_the_speakers_view_shows_the_notes_of_the_slide_from_the_file_system(page, talk):
    opened_at(page, talk / f"{NAMES[0]}.html").evaluate(
        "() => { const i = Reveal.getIndices(document.querySelector('.notes').closest('section'));"
        " Reveal.slide(i.h, i.v); }"
    )
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    popup.value.wait_for_function("() => document.querySelector('.speaker-controls-notes .value')?.innerText.trim()")
    assert "whoever teaches this" in popup.value.locator(".speaker-controls-notes .value").inner_text()
    popup.value.close()


def test_the_index_leads_to_every_talk_with_its_question(page, talk):
    page.goto((talk / "index.html").as_uri())
    rows = page.locator("li")
    assert rows.count() == len(NAMES)
    for number, name in enumerate(NAMES):
        assert rows.nth(number).locator("a").get_attribute("href") == f"{name}.html"
        cells = json.loads(NOTEBOOKS[number].read_text(encoding="utf-8"))["cells"]
        title = next(source for cell in cells if (source := "".join(cell["source"])).startswith("# "))
        question = " ".join(re.sub("[*`]", "", title).split())
        assert f"The question: {rows.nth(number).locator('p').inner_text()}" in question


def test_a_table_too_long_for_a_slide_scrolls_and_takes_the_arrow_keys_and_the_slide_stays(page, small):
    rows = "".join(f"<tr><td>{number}</td></tr>" for number in range(100))
    table = nbformat.v4.new_output("display_data", {"text/html": f'<table class="dataframe">{rows}</table>'})
    cells = [
        nbformat.v4.new_markdown_cell("# A", metadata={"slideshow": {"slide_type": "slide"}}),
        nbformat.v4.new_code_cell("a", outputs=[table], metadata={"slideshow": {"slide_type": "subslide"}}),
    ]
    (small / "table.html").write_text(slides.slides(nbformat.v4.new_notebook(cells=cells), "A"), encoding="utf-8")
    opened_at(page, small / "table.html").evaluate(
        "() => { const e = document.querySelector('[data-scrolls]'); const i = Reveal.getIndices(e.closest('section'));"
        " Reveal.slide(i.h, i.v, 99); e.focus(); }"
    )
    assert page.evaluate("() => [document.activeElement.role, document.activeElement.ariaLabel]") == [
        "region",
        "scrolls",
    ]
    before = page.evaluate("() => Reveal.getIndices()")
    page.keyboard.press("PageDown")
    page.wait_for_function("() => document.activeElement.scrollTop > 0")
    assert page.evaluate("() => Reveal.getIndices()") == before


def cell(kind: str, source: str, printed: str = ""):
    metadata = {"slideshow": {"slide_type": kind}}
    if not printed:
        return nbformat.v4.new_markdown_cell(source, metadata=metadata)
    outputs = [nbformat.v4.new_output("stream", text=printed)]
    return nbformat.v4.new_code_cell(source, outputs=outputs, metadata=metadata)


def blocks_of(page, folder, *cells) -> list[list[str]]:
    """The words of each block of each slide behind the title's."""
    notebook = nbformat.v4.new_notebook(cells=[cell("slide", "# A"), *cells])
    (folder / "made.html").write_text(slides.slides(notebook, "A"), encoding="utf-8")
    return opened_at(page, folder / "made.html").evaluate(
        "() => Reveal.getSlides().slice(1).map(slide => [...slide.querySelectorAll('.block')]"
        "  .map(block => block.textContent.trim()))"
    )


def test_text_alone_on_its_slide_joins_the_output_before_it_with_its_notes_and_waits_for_a_key(page, small):
    shown = blocks_of(
        page,
        small,
        cell("slide", "a", printed="b"),
        cell("slide", "It says b."),
        cell("notes", "Ask."),
        cell("slide", "## C"),
    )
    assert shown == [["a", "b", "It says b."], ["C"]]
    revealed = "() => Reveal.getCurrentSlide().querySelectorAll('.prose.visible').length"
    before, after = (page.evaluate(f"() => {{ Reveal.slide(1, 0, {key}); return ({revealed})(); }}") for key in (-1, 0))
    assert (before, after) == (0, 1)
    assert page.evaluate("() => Reveal.getSlideNotes()").strip().endswith("Ask.</p>")


def test_text_joins_no_output_where_there_is_no_room_for_it_and_no_text(page, small):
    full = "\n".join("b" * 17)
    assert blocks_of(page, small, cell("slide", "a", printed=full), cell("slide", "It says b.")) == [
        ["a", full],
        ["It says b."],
    ]
    assert blocks_of(page, small, cell("slide", "## B"), cell("slide", "More of it.")) == [["B"], ["More of it."]]


def test_text_that_ends_with_a_colon_stands_on_the_slide_of_what_it_announces(page, small):
    some = "\n".join("b" * 14)
    shown = blocks_of(
        page, small, cell("slide", "a", printed=some), cell("fragment", "Look:"), cell("fragment", "c", printed=some)
    )
    assert shown == [["a", some], ["Look:", "c", some]]


def test_a_listing_too_high_for_a_slide_is_cut_in_like_parts_at_an_empty_line_if_there_is_one_near(page, small):
    for listing, parts in (("x\n" * 30, [15, 15]), ("x\n" * 11 + "\n" + "x\n" * 18, [11, 18])):
        shown = blocks_of(page, small, cell("slide", listing, printed="b"))
        assert [part.split().count("x") for part, *_ in shown] == parts


def test_on_paper_every_slide_is_one_page_with_all_that_is_on_it(page, talk):
    total = opened_at(page, talk / f"{NAMES[0]}.html").evaluate("() => Reveal.getTotalSlides()")
    page.goto(f"{(talk / f'{NAMES[0]}.html').as_uri()}?print-pdf")
    page.wait_for_function(f"() => document.querySelectorAll('.pdf-page').length === {total}")
    beyond = page.evaluate(
        "() => [...document.querySelectorAll('.pdf-page')].filter(page => [...page.querySelectorAll('.block')].some("
        "  block => block.getBoundingClientRect().bottom > page.getBoundingClientRect().bottom)).length"
    )
    assert beyond == 0


# The folder, without a browser


def test_the_pages_name_no_address_of_a_script_a_style_or_a_picture(talk):
    for path in talk.glob("*.html"):
        assert (
            re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="(?!assets/|data:)[^"]*"', path.read_text("utf-8")) == []
        )


def test_all_that_the_export_needs_goes_into_the_wheel():
    project = tomllib.loads((NOTEBOOKS[0].parent.parent / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["kevent_sim.course.slides"]
    packed = {path for pattern in patterns for path in slides.HERE.glob(pattern)}
    there = {path for path in slides.HERE.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert packed == {path for path in there if path.suffix != ".py"}


def test_the_licence_of_reveal_goes_with_it(talk):
    assert "Permission is hereby granted" in (talk / "assets" / slides.LICENCE).read_text(encoding="utf-8")


@pytest.fixture
def small(tmp_path):
    """A folder with an export, of one notebook."""
    slides.export(NOTEBOOKS[:1], tmp_path / "talk")
    return tmp_path / "talk"


def test_an_earlier_export_is_replaced_and_what_is_gone_from_the_course_goes(small):
    old = small / "99_gone.html"
    old.write_bytes((small / f"{NAMES[0]}.html").read_bytes())
    slides.export(NOTEBOOKS[:1], small)
    assert sorted(path.name for path in small.glob("*")) == [f"{NAMES[0]}.html", "assets", "index.html"]


@pytest.mark.parametrize("name", ["thesis.html", "notes.txt", "assets/mine.css", "more/index.html"])
def test_a_folder_with_anything_else_is_refused_untouched_and_another_is_named(small, name):
    (small / name).parent.mkdir(exist_ok=True)
    (small / name).write_text("mine", encoding="utf-8")
    before = {path: path.stat().st_mtime_ns for path in small.rglob("*")}
    with pytest.raises(SystemExit, match=r'kevent_sim slides "[^"]*talk-2"'):
        slides.export(NOTEBOOKS[:1], small)
    assert {path: path.stat().st_mtime_ns for path in small.rglob("*")} == before


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "talk").write_text("mine", encoding="utf-8")
    with pytest.raises(SystemExit, match="is a file"):
        slides.export(NOTEBOOKS[:1], tmp_path / "talk")


def test_the_same_notebooks_make_the_same_bytes(small, tmp_path):
    slides.export(NOTEBOOKS[:1], tmp_path / "again")
    for path in sorted(small.rglob("*.html")):
        assert (tmp_path / "again" / path.relative_to(small)).read_bytes() == path.read_bytes()
