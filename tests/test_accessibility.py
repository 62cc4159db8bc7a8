"""What those need who cannot see, cannot tell some colours apart, or have no mouse: a test per rule, for all we show.

Elsewhere already: pictures in notebooks have words (test_notebooks), labs' pictures and controls too (test_labs); what
a browser shows of the slides (test_slides).
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from ipywidgets import HTML
from matplotlib.colors import to_hex, to_rgb
from shown import widgets

import kevent_sim
from kevent_sim import check
from kevent_sim.course import verdicts
from kevent_sim.labs import EventLab, RaceLab
from kevent_sim.samples import beside, race, synchronization_event
from kevent_sim.views import lanes, strips

PACKAGE = Path(kevent_sim.__file__).parent
CSS = (PACKAGE / "course" / "slides" / "deck.css").read_text(encoding="utf-8")
TEXT, GRAPHICS = 4.5, 3.0  # WCAG 2.2: 1.4.3 and 1.4.11, level AA

# Machado, Oliveira and Fernandes 2009, severity 1.0, in linear light
SIGHT = {
    "all colours": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "grey": ((0.2126, 0.7152, 0.0722),) * 3,
}
LANES = {
    "threads": ("running", "ready", "waiting"), "events": ("signaled", "not signaled"), "files": strips.FILE_STATES,
}  # fmt: skip


def linear(colour: str) -> tuple[float, ...]:
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour))


def luminance(colour: str) -> float:
    return sum(weight * c for weight, c in zip(SIGHT["grey"][0], linear(colour), strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def lab_of(colour: str, sight: str) -> tuple[float, ...]:
    """CIE L*a*b* (D65) of the colour as such an eye sees it."""
    r, g, b = (min(max(sum(map(float.__mul__, map(float, row), linear(colour))), 0), 1) for row in SIGHT[sight])
    x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089
    f, h, k = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * h - 16, 500 * (f - h), 200 * (h - k)


def apart(one: str, other: str, sight: str) -> float:
    """How far two colours are apart (CIE 1976): 2.3 can just be told."""
    return sum((a - b) ** 2 for a, b in zip(lab_of(one, sight), lab_of(other, sight), strict=True)) ** 0.5


def test_contrast_and_distance_are_those_published():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)
    assert apart("#FFFFFF", "#000000", "all colours") == pytest.approx(100, abs=0.1)
    assert lab_of("#FF0000", "all colours") == pytest.approx((53.2, 80.1, 67.2), abs=0.2)


# Colours of the slides


VARIABLES = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", CSS))
INKS = [name for name in VARIABLES if name.startswith("ink")]
GROUNDS = [name for name in VARIABLES if name.startswith("ground")]


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ink", INKS)
def test_every_ink_can_be_read_on_every_ground(ink, ground):
    assert contrast(VARIABLES[ink], VARIABLES[ground]) >= TEXT


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("line", ["line", "accent"])
def test_lines_and_the_focus_ring_stand_out_from_every_ground(line, ground):
    assert contrast(VARIABLES[line], VARIABLES[ground]) >= GRAPHICS


def test_slides_use_no_colour_but_those_and_ink_for_nothing_but_text():
    rules = CSS[CSS.index("}") :]
    assert len(INKS) > 5
    assert not re.search(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(|opacity", rules)
    for name, value in re.findall(r"([\w-]+):\s*([^;{}]*var\(--(?:ink|ground)[^;{}]*);", rules):
        assert name == ("color" if "ink" in value else "background")


# Colours of the pictures


PAGES = {"light": ("#ffffff", "#212121"), "dark": ("#111111", "#e0e0e0")}  # JupyterLab's: its ground, its ink


def on(page: str, colour: str) -> str:
    """What a colour of a picture is on a page: ink is the page's own, and where a bar is empty the page is seen."""
    ground, ink = PAGES[page]
    return {lanes.INK: ink, lanes.EMPTY: ground}.get(colour, colour)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("state", lanes.STYLES)
def test_a_bar_stands_out_from_the_page_by_its_fill_or_by_its_edge(state, page):
    fill, edge = on(page, lanes.STYLES[state][0]), on(page, lanes.edge_of(state))
    assert max(contrast(fill, PAGES[page][0]), contrast(edge, PAGES[page][0])) >= GRAPHICS


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("state", lanes.STYLES)
def test_a_hatch_stands_out_from_its_bar(state, page):
    fill, hatch = lanes.STYLES[state]
    assert not hatch or contrast(on(page, lanes.edge_of(state)), on(page, fill)) >= GRAPHICS


@pytest.mark.parametrize("page", PAGES)
def test_lines_marks_and_crosses_stand_out_from_the_page(page):
    for colour in (lanes.INK, lanes.VERMILLION, lanes.GREY):
        assert contrast(on(page, colour), PAGES[page][0]) >= GRAPHICS


DRIVEN = {"files": race, "events": synchronization_event}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("driver", DRIVEN)
def test_every_text_of_a_picture_can_be_read_on_what_lies_below_it(driver, page):
    """By the drawn figure: a text's colour against the last bar drawn below its middle, or the page."""
    figure = kevent_sim.picture(kevent_sim.run(DRIVEN[driver], FileCount=3, WriteCount=2)).figure
    texts = 0
    for ax in figure.axes:
        for text in ax.texts:
            if text.get_gid() == "key":
                continue
            below, (x, y) = lanes.EMPTY, text.get_transform().transform(text.get_position())
            for bars in ax.collections:
                for path in bars.get_paths():
                    if text.get_ha() == "center" and path.contains_point((x, y), ax.transData):
                        below = to_hex(bars.get_facecolor()[0]) if len(bars.get_facecolor()) else lanes.EMPTY
            assert contrast(on(page, to_hex(text.get_color())), on(page, below)) >= TEXT, (text.get_text(), below)
            texts += 1
    assert texts > 8


@pytest.mark.parametrize("lane", LANES)
def test_no_two_states_of_a_lane_differ_by_colour_alone(lane):
    for one, other in combinations(LANES[lane], 2):
        (fill, hatch), (its, its_hatch) = lanes.STYLES[one], lanes.STYLES[other]
        nothing = lanes.EMPTY in (fill, its)  # the page, beside a bar
        assert hatch != its_hatch or nothing, (one, other)


@pytest.mark.parametrize("sight", ["all colours", "protanopia", "deuteranopia"])
@pytest.mark.parametrize("lane", LANES)
def test_where_bars_are_too_thin_for_a_hatch_the_colour_blind_still_tell_states_apart(lane, sight):
    fills = dict.fromkeys(on("light", lanes.STYLES[state][0]) for state in LANES[lane])
    for one, other in combinations(fills, 2):
        assert apart(one, other, sight) > 10, (one, other)


def test_without_any_colour_the_hatch_tells_what_greys_do_not():
    """Two states of one grey have two hatches: so a photocopy can be read, at sizes that show hatches."""
    for lane in LANES.values():
        for one, other in combinations(lane, 2):
            (fill, hatch), (its, its_hatch) = lanes.STYLES[one], lanes.STYLES[other]
            assert hatch != its_hatch or apart(on("light", fill), on("light", its), "grey") > 10, (one, other)


# HTML that we write


class Page(HTMLParser):
    """What a page is made of, for a reader that has no eyes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.language, self.headings, self.images, self.heads, self.styles = None, [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "html":
            self.language = attributes.get("lang")
        elif re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        elif tag == "img" or attributes.get("role") == "img":
            self.images.append(attributes.get("alt", attributes.get("aria-label", "")))
        elif tag == "th":
            self.heads.append(attributes.get("scope"))
        self.styles.append(attributes.get("style") or "")


def lab_page(lab) -> Page:
    return Page("".join(child.value for child in widgets(lab) if isinstance(child, HTML)))


def compared() -> RaceLab:
    lab = RaceLab(files=3, writes=1)
    lab.beside.value = "NotificationEvent"
    return lab


@pytest.fixture(scope="module")
def exported(talk) -> dict[str, Page]:
    return {path.name: Page(path.read_text(encoding="utf-8")) for path in sorted(talk.glob("*.html"))}


def test_exported_pages_name_their_language(exported):
    assert {page.language for page in exported.values()} == {"en"}


def test_headings_of_a_talk_are_in_order(exported):
    for page in exported.values():
        assert page.headings[0] == 1
        assert page.headings.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(page.headings))


def test_a_labs_headings_go_one_below_the_notebooks_section():
    assert lab_page(compared()).headings == [3, 3]


def test_every_picture_of_a_talk_has_words(exported):
    alts = [alt for page in exported.values() for alt in page.images]
    assert len(alts) > 20
    assert all(len(alt) >= 40 for alt in alts)


def test_every_heading_of_a_table_says_what_it_heads(exported):
    pages = [*exported.values(), lab_page(EventLab())]
    heads = [scope for page in pages for scope in page.heads]
    assert len(heads) > 100
    assert set(heads) == {"col", "row"}


@pytest.mark.parametrize("grade", verdicts.MARKS)
def test_a_verdict_is_announced_and_told_by_a_mark_and_a_word_not_by_colour(grade):
    page = check.Verdict(grade, "because")._repr_html_()
    assert re.match(rf'<p role="status">[○◇◐●] <b[^>]*>{grade}</b>', page)
    assert len(set(verdicts.MARKS.values())) == len(verdicts.MARKS)


def test_correct_is_green_and_stands_out_on_a_light_and_on_a_dark_page():
    ground, ink = re.findall("#[0-9a-f]{6}", check.Verdict("correct", "because")._repr_html_())
    red, green, blue = to_rgb(ground)
    assert green > max(red, blue)
    assert contrast(ground, ink) >= TEXT
    assert min(contrast(ground, page) for page in ("#ffffff", "#111111")) >= GRAPHICS
    assert "#" not in "".join(
        check.Verdict(grade, "because")._repr_html_() for grade in verdicts.MARKS if grade != "correct"
    )


def test_our_html_in_notebooks_takes_its_colours_from_the_theme():
    """So its contrast is the theme's, light or dark: no text and no ground has a colour of ours, but for *correct*."""
    shown = [lab_page(EventLab()), lab_page(compared()), Page(beside(race, "DriverEntry")._repr_html_())]
    styles = [style for page in shown for style in page.styles if style]
    assert len(styles) > 5
    assert not any(re.search(r"(?<![\w-])(color|background(-color)?):", style) for style in styles)
