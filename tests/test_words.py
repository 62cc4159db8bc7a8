"""What people read is plain English: turns of phrase that were mended do not come back."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), ROOT / "notebooks" / "INSTRUCTOR.md"]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MODULES = sorted((ROOT / "kevent_sim").rglob("*.py"))

# Pattern -> what to write instead: in the package too, and in prose only.
EVERYWHERE = {
    r"\b[Bb]e rid of\b": "get rid of",
    r"\bso (?:many|much) \w+ as\b": "as many ... as",
    r"\bhardly ever\b": "seldom",
    r"\bto be had\b": "available",
    r"\b(?:a|the|this) (?:policy|function|call|routine|view|wait) (?:\w+ )?answers\b": "returns",
    r"\b(?:function|policy)[^.;:]{0,60} that answers\b": "returns",
    r"\bRaises TypeError for what is no\b": "what is not a",
}
READ = {
    r"\bwhat is no (?!longer|more)": "what is not a",
    r"(?<!there )\b(?:is|are) no (?:event|signal|sandbox|cure|error|NTSTATUS|livelock|array|part|proof)\b": "is not a",
    r"\bmoves? it behind\b|\bright behind the\b|\bbehind (?:its|the) (?:loop|set|wait|last)\b": "after",
    r"\b(?:must|it|thread|routine|driver|copies?) shall\b|\bshall (?:take|print|end|wait|go)\b": "must, or should",
    r"\bbetween two steps nobody else\b": "a thread runs undisturbed from one call into the kernel to the next",
    r"(?m)(?:^|[.:;?!] )Who (?:comes|takes|waits|polls|needs|wants|keeps|names)\b[^?]*?[.;]": "a thread that",
    r"\bone sees\b|\bfor who\b|\bso that one can\b": "you see",
}


def prose(path: Path) -> str:
    """What is read of a file: of a notebook all its cells, outputs aside."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        return "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    return text


def found(patterns: dict[str, str], text: str) -> list[str]:
    return [
        f"{' '.join(met[0].split())!r}: write {instead}"
        for pattern, instead in patterns.items()
        for met in re.finditer(pattern, text)
    ]


@pytest.mark.parametrize("path", [*PAGES, *NOTEBOOKS], ids=lambda path: path.name)
def test_a_text_has_none_of_the_phrases_that_were_mended(path):
    assert found({**EVERYWHERE, **READ}, prose(path)) == []


def test_no_module_has_them():
    said = {path.relative_to(ROOT).as_posix(): found(EVERYWHERE, path.read_text(encoding="utf-8")) for path in MODULES}
    assert {path: phrases for path, phrases in said.items() if phrases} == {}


@pytest.mark.parametrize(
    "text", ["so many bytes as the name needs", "a policy is given the threads, a function that answers who goes"]
)
def test_they_are_noticed(text):
    assert found({**EVERYWHERE, **READ}, text)


def test_what_is_right_is_not_noticed():
    right = "Who waits for what? It answers the question. What is no longer there is gone. As many bytes as it needs."
    assert found({**EVERYWHERE, **READ}, right) == []
