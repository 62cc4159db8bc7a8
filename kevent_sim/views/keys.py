"""What the signs of a picture mean: as HTML below its SVG, where it wraps; as rows below its pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation

from kevent_sim.views.lanes import EMPTY, INK, STYLES, Label, add_key, edge_of, width_of


class Sign(NamedTuple):
    """A sign and what it means: a state's bar where `mark` is empty."""

    mark: str
    means: str


_STROKES = {  # hatch -> its lines, over a bar of 26 x 12
    "/": [f"M{x} 12l8 -12" for x in (-4, 3, 10, 17, 24)],
    "\\": [f"M{x} 0l8 12" for x in (-4, 3, 10, 17, 24)],
    "-": [f"M0 {y}h26" for y in (3, 6, 9)],
    "x": [f"M{x} 12l6 -12M{x} 0l6 12" for x in (0, 6, 12, 18)],
}


def in_html(signs: Iterable[Sign]) -> str:
    """The key in HTML: the page's own text, and bars as small pictures.

    >>> in_html([Sign("S", "KeSetEvent")])
    '<div class="key"><span><b>S</b> KeSetEvent</span></div>'
    """
    return f'<div class="key">{"".join(map(_sign, signs))}</div>'


def _sign(sign: Sign) -> str:
    if sign.mark:
        return f"<span><b>{escape(sign.mark)}</b> {escape(sign.means)}</span>"
    colour, hatch = STYLES[sign.means]
    edge = "currentColor" if edge_of(sign.means) == INK else edge_of(sign.means)
    lines = "".join(f'<path d="{d}" stroke="{edge}"/>' for d in _STROKES.get(hatch[:1], ()))
    fill = "none" if colour == EMPTY else colour
    bar = f'<rect width="26" height="12" fill="{fill}" stroke="{edge}"/>{lines}'
    return f'<span><svg viewBox="0 0 26 12" aria-hidden="true">{bar}</svg>{escape(sign.means)}</span>'


ROW = 0.2  # inches
_SIZE = 9.0


def rows(signs: Sequence[Sign], width: float) -> list[list[tuple[float, Sign]]]:
    """The signs in rows of `width` inches, each with its place from the left."""
    found: list[list[tuple[float, Sign]]] = [[]]
    at = 0.0
    for sign in signs:
        wide = 0.16 + width_of(f"{sign.mark} {sign.means}", _SIZE) / 72 + (0 if sign.mark else 0.37)
        if at and at + wide > width:
            found.append([])
            at = 0.0
        found[-1].append((at, sign))
        at += wide
    return found


def draw_rows(ax: Axes, signs: Sequence[Sign], left: float, top: float, width: float) -> None:
    """Draw the key, invisible, below the axes: `left` and `top` in inches from their upper right corner."""
    inches = ax.figure.dpi_scale_trans + ScaledTranslation(1, 1, ax.transAxes)  # type: ignore[arg-type]
    for number, row in enumerate(rows(signs, width)):
        for at, sign in row:
            y = top - ROW * (number + 0.5)
            if sign.mark:
                drawn = [Label(ax, left + at, y, f"{sign.mark} {sign.means}", inches, fontsize=_SIZE)]
            else:
                drawn = add_key(ax, left + at, y, sign.means)
            for artist in drawn:
                artist.set_gid("key")
                artist.set_visible(False)
