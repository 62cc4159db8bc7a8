"""What a lab shows, read without a browser."""

import re

from ipywidgets import HTML, DOMWidget, HBox


def widgets(box) -> list[DOMWidget]:
    """What a lab consists of, boxes opened."""
    return [found for child in box.children for found in (widgets(child) if isinstance(child, HBox) else [child])]


def page(lab) -> str:
    """All that a lab shows besides its controls."""
    return "".join(child.value for child in widgets(lab) if isinstance(child, HTML))


def told(lab) -> str:
    """The words in the lab's status line, as a screen reader gets them."""
    (line,) = [child.value for child in widgets(lab) if isinstance(child, HTML) and 'role="status"' in child.value]
    return " ".join(re.findall("<p><b>(.*?)</b></p>", line))


def drawn(lab) -> list[str]:
    """The lab's pictures, without their keys and their words."""
    return re.findall(r'<svg [^>]*role="img".*?</svg>', page(lab), re.DOTALL)


def seen(lab) -> tuple:
    """A lab's whole state, to compare."""
    return lab.status, repr(lab), page(lab), [child.disabled for child in widgets(lab) if hasattr(child, "disabled")]


def button(lab, description: str):
    (found,) = [child for child in widgets(lab) if getattr(child, "description", "") == description]
    return found
