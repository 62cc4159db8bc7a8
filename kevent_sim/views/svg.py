"""A figure as SVG that stands in a page: by matplotlib's own backend, then made the page's own.

Ink becomes the page's colour, text the page's font; ids are its own, since two pictures on a page share matplotlib's;
numbers are rounded, as they agree among matplotlib's versions; what has titles can be pointed at.
"""

from __future__ import annotations

import hashlib
import io
import re
import xml.etree.ElementTree as ET
from html import escape

import matplotlib
from matplotlib.figure import Figure

from kevent_sim.views.lanes import INK
from kevent_sim.views.titles import cells_of, titles_of

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
_ITEMS = ("path", "use", "g")
_URL, _HREF = re.compile(r"(?<=url\(#)[^)]+"), re.compile(r"(?<=^#).+")


def svg(figure: Figure, label: str, words: str, height: float | None = None) -> str:
    """The figure as an `<svg>` element; `label` names it, `words` tell it from others on the page.

    `height`, in inches, is how much of it is shown, from the top: what is below is for pixels only.
    """
    salt = "k" + hashlib.sha256(words.encode()).hexdigest()[:8]
    root = _drawn(figure, salt)
    _rename(root, salt)
    for element in root.iter():  # what is said stays as it is: only marks are made the page's own
        for name, value in element.items():
            element.set(name, _short(value).replace(INK, "currentColor"))
        element.text, element.tail = (element.text or "").strip() or None, None
    text = ET.tostring(root, encoding="unicode")
    wide, tall = figure.get_size_inches() * 72
    shown = tall if height is None else 72 * height
    head = (
        f'<svg viewBox="0 0 {wide:g} {shown:.2f}" preserveAspectRatio="xMinYMin" role="img" '
        f'aria-label="{escape(label)}" fill="currentColor" stroke-linejoin="round">'
    )
    return head + text.partition(">")[2].replace("</svg>", f"{_cells(figure)}</svg>")


def _cells(figure: Figure) -> str:
    """What there is to be pointed at, above all that is drawn."""
    tall, points = figure.get_size_inches()[1] * 72, 72 / figure.dpi
    found = []
    for ax in figure.axes:
        cells = cells_of(ax)
        if cells:
            corners = ax.transData.transform([(x, y) for c in cells for x, y in ((c.left, c.top), (c.right, c.bottom))])
            for cell, (x, y), (to_x, to_y) in zip(cells, corners[::2] * points, corners[1::2] * points, strict=True):
                place = f'x="{x:.1f}" y="{tall - y:.1f}" width="{to_x - x:.1f}" height="{y - to_y:.1f}"'
                found.append(f"<rect {place}><title>{escape(cell.title, quote=False)}</title></rect>")
    return f'<g class="cells">{"".join(found)}</g>' if found else ""


def _drawn(figure: Figure, salt: str) -> ET.Element:
    """Matplotlib's own SVG, with titles, without its metadata and its rule for every element of the page."""
    titles = {}
    for number, (artist, its) in enumerate(titles_of(figure)):
        titles[f"titled{number}"] = its
        artist.set_gid(f"titled{number}")
    written = io.StringIO()
    settings = {"svg.hashsalt": salt, "svg.fonttype": "none", "hatch.linewidth": 0.7}
    with matplotlib.rc_context(settings):  # type: ignore[arg-type]
        figure.savefig(written, format="svg", transparent=True, metadata=_NO_METADATA)
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    root = ET.fromstring(written.getvalue())
    for part in [*root.findall(f"{{{_SVG}}}metadata"), *root.findall(f"{{{_SVG}}}defs")]:
        if part.tag.endswith("metadata") or part.find(f"{{{_SVG}}}style") is not None:
            root.remove(part)
    for group in root.iter(f"{{{_SVG}}}g"):
        name = group.get("id", "")
        if name in titles:
            _entitled(group, titles[name])
    return root


def _entitled(group: ET.Element, titles: object) -> None:
    """Give each item its title, and the group the style that they share."""
    assert isinstance(titles, list)
    items = [item for item in group if item.tag in {f"{{{_SVG}}}{name}" for name in _ITEMS}]
    assert len(items) == len(titles), f"{len(items)} items were drawn for {len(titles)} titles"
    for item, title in zip(items, titles, strict=True):
        ET.SubElement(item, f"{{{_SVG}}}title").text = title
    styles = {item.get("style", "") for item in items}
    if len(styles) == 1:
        group.set("style", styles.pop())
        for item in items:
            item.attrib.pop("style", None)


def _rename(root: ET.Element, salt: str) -> None:
    """Only ids that are referred to stay, numbered by their first use: matplotlib's own change with its version."""
    own: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        return own.setdefault(found[0], f"{salt}-{len(own)}")

    for element in root.iter():
        for name, value in element.items():
            element.set(name, (_HREF if name.endswith("href") else _URL).sub(named, value))
    for element in root.iter():
        if element.get("id", "") in own:
            element.set("id", own[element.get("id", "")])
        else:
            element.attrib.pop("id", None)


def _short(value: str) -> str:
    """An attribute with numbers in hundredths of a point, a path with single blanks, no font of its own."""
    said = re.sub(r"-?\d+\.\d{3,}(?:e-?\d+)?", lambda number: f"{round(float(number[0]), 2) + 0:g}", value)
    said = re.sub(r"\s*\n\s*|\s+(?=[LMzCQ]|$)", " ", said)
    said = re.sub(
        r"font: (bold |[67]00 )?([\d.]+px) [^;]*",
        lambda found: f"font-size: {found[2]}" + ("; font-weight: bold" if found[1] else ""),
        said,
    )
    return re.sub(r"font-family: [^;]*;? ?", "", said)
