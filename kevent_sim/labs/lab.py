"""What the labs share: their look, and how they tell what happened."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ipywidgets import HTML, VBox, Widget

from kevent_sim.views.html import status

STYLE = """<style>
.kevent-lab .widget-toggle-button.mod-active{box-shadow:inset 0 0 0 2px currentColor}
.kevent-lab .widget-toggle-button.mod-active::before{content:"✓ "}
.kevent-lab button:focus-visible{outline:2px solid currentColor;outline-offset:1px}
.kevent-lab .kevent>div>svg{min-width:26em}
.kevent-lab .here{background:color-mix(in srgb, currentColor 18%, transparent);white-space:pre-wrap}
.kevent-lab td{white-space:nowrap}
.kevent-lab p{line-height:1.4;margin:0.2em 0}
</style>"""
TOGGLES: dict[str, Any] = {"button_style": "info", "style": {"button_width": "14em"}}  # an event type, and its ✓


class Lab(VBox):  # type: ignore[misc]
    """Controls, and what they show: the chosen one of several has a tick and an edge.

    `told` says what happened, a text for each thing compared; `status` is all of it in one line.
    """

    def __init__(self, controls: Iterable[Widget], shown: Iterable[Widget]) -> None:
        self._told: list[str] = []
        self.words = HTML()
        super().__init__([HTML(STYLE), *controls, self.words, *shown])
        self.add_class("kevent-lab")

    @property
    def told(self) -> list[str]:
        self.settle()
        return self._told

    @property
    def status(self) -> str:
        return " ".join(self.told)

    def settle(self) -> None:
        """Show what the controls say, if that is not shown yet. A lab that computes for long does it later."""

    def tell(self, *told: str, shown: str = "") -> None:
        """Let this be what happened; `shown` is markup that says it, or else it is shown as it is."""
        self._told = list(told)
        self.words.value = shown or status(told)
