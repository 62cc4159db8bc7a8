"""Labs in a browser: words and picture follow each click."""

from __future__ import annotations

CHANGED = """([lab, words, picture]) => lab.querySelector('[role=status]').innerText !== words
  && lab.querySelector('svg[role=img]').outerHTML !== picture"""


def click_the_first_lab(page) -> None:
    """A routine's button, where there is one, and another type of event: words and picture follow each click."""
    lab = page.locator(".jp-OutputArea-output").filter(has=page.locator(".widget-toggle-buttons")).first
    lab.scroll_into_view_if_needed()
    if (call := lab.get_by_role("button", name="KeSetEvent", exact=True)).count():
        both_change(page, lab, call)
    both_change(page, lab, lab.locator(".widget-toggle-buttons button:not(.mod-active)").first)
    assert len(lab.locator("svg[role=img]").first.get_attribute("aria-label")) > 40


def both_change(page, lab, button) -> None:
    words = lab.locator("[role=status]").first.inner_text()
    picture = lab.locator("svg[role=img]").first.evaluate("svg => svg.outerHTML")
    button.click()
    page.wait_for_function(CHANGED, arg=[lab.element_handle(), words, picture], timeout=20_000)
