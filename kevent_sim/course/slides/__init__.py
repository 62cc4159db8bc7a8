"""The notebooks as talks: nbconvert's slides on reveal.js, which ask nothing of any network.

`python -m kevent_sim slides FOLDER` starts it. What a talk leaves out is decided here, in Python; what fits on a slide
is measured in the browser, by deck.js.
"""

from __future__ import annotations

import html
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import ipywidgets
import nbformat
from nbconvert.exporters import SlidesExporter

from kevent_sim import labs
from kevent_sim.course.setup.check import home, notebooks, python

HERE = Path(__file__).parent
GENERATOR = "kevent_sim slides"
ASSETS = {"deck.css": HERE, "deck.js": HERE, **dict.fromkeys(("reveal.css", "reveal.js", "notes.js"), HERE / "reveal")}
LICENCE = "LICENSE-reveal.txt"
SHOWS_LISTING = re.compile(r"samples\.beside\([^\n]*\)")  # the listing says what it is, and needs the slide
FENCED = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
LIVE = "Live in JupyterLab, with a mouse or the keyboard. Here it is driven from code, next."

INDEX = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="{generator}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>kevent_sim: the course as slides</title>
<link rel="stylesheet" href="assets/deck.css">
</head>
<body class="index">
<main>
<h1>Windows kernel events: the course as slides</h1>
<ol>
{rows}
</ol>
<h2>Keys</h2>
<p><kbd>Space</kbd> goes on, <kbd>Shift</kbd> <kbd>Space</kbd> back; <kbd>Esc</kbd> shows all slides, <kbd>S</kbd> the
speaker's notes, <kbd>F</kbd> fills the screen, <kbd>?</kbd> lists the other keys. What does not fit on a slide can be
scrolled: press <kbd>Tab</kbd> to get there. With <code>?print-pdf</code> at the end of its address a talk can be
printed. Nothing here needs a network.</p>
</main>
</body>
</html>
"""


def tags(cell: Any) -> set[str]:
    return set(cell.metadata.get("tags", ()))


def columns(text: str) -> int:
    """The length of the longest line."""
    return max(map(len, text.splitlines()), default=0)


def is_widget(text: str) -> bool:
    """Whether these words stand for a widget, which is dead outside JupyterLab.

    >>> is_widget("EventLab: SynchronizationEvent, not signaled, waiting: W1"), is_widget("EventLab is a lab")
    (True, False)
    """
    name = re.match(r"(\w+)(?:\(|: )", text)
    return name is not None and (name[1] in labs.__all__ or hasattr(ipywidgets, name[1]))


def shown(output: Any) -> Any | None:
    """An output as a slide shows it; None for what says nothing to an audience: a verdict on no answer at all."""
    data = output.get("data", {})
    page, text = data.get("text/html", ""), data.get("text/plain", output.get("text", ""))
    if page.startswith('<p role="status">') and "<b>still missing</b>" in page:
        return None
    if is_widget(text) and not page:
        told = f"{html.escape(text)}<br>" if ": " in text else ""  # a lab tells its state; others only their arguments
        page = f'<p class="live">{told}<b>{LIVE}</b></p>'
        output = nbformat.v4.new_output("display_data", {"text/html": page})
    if 'class="kevent"' in page:  # a deck is a page that is trusted
        output["data"]["text/html"] = re.sub(r"<img [^>]*>", "", page)
    output["metadata"] = {"columns": columns(text)}
    return output


def on_slide(cell: Any) -> Any | None:
    """A cell as its slide shows it; None for what is not on slides."""
    if cell.metadata.slideshow.slide_type == "skip" or "assert" in tags(cell):
        return None
    if cell.cell_type == "code":
        outputs = [kept for output in cell.outputs if (kept := shown(output)) is not None]
        if cell.outputs and not outputs:  # of a prediction what was run stays, the comparison goes
            ran, predicted, _ = cell.source.partition("check.prediction(")
            if not (predicted and ran.strip()):
                return None
            cell.source = ran.rstrip()
        cell.outputs = outputs
        if SHOWS_LISTING.fullmatch(cell.source) or "prediction" in tags(cell):
            cell.source = ""
    else:
        cell.source = re.sub(r"\]\((\w+)\.ipynb(#[^)]*)?\)", r"](\1.html\2)", cell.source)
        cell.source = re.sub(r"\[([^]]+)\]\(GLOSSARY\.md(?:#[^)]*)?\)", r"\1", cell.source)  # which is no slide
    return cell


def prepared(notebook: Any) -> Any:
    """The notebook as a talk: each slide's notes behind its first cell, each output revealed by a key of its own."""
    cells: list[Any] = []
    opened, step = 0, 0
    for cell in filter(None, map(on_slide, notebook.cells)):
        kind = cell.metadata.slideshow.slide_type
        if kind == "notes":
            cells.insert(opened + 1, cell)
            continue
        if kind in ("slide", "subslide") or not cells:
            opened, step = len(cells), 0
        revealed = kind == "fragment" and (cell.cell_type == "markdown" or bool(cell.outputs))
        listing = cell.source if cell.cell_type == "code" else "\n".join(FENCED.findall(cell.source))
        cell.metadata.deck = {"columns": columns(listing), "step": step if revealed else None}
        step += revealed
        cells.append(cell)
    notebook.cells = cells
    return notebook


def with_scopes(page: str) -> str:
    """Every heading of a table says what it heads: its column in a `<thead>`, elsewhere its row.

    >>> with_scopes("<thead><tr><th>a</th></tr></thead><tbody><tr><th>0</th></tr></tbody>")
    '<thead><tr><th scope="col">a</th></tr></thead><tbody><tr><th scope="row">0</th></tr></tbody>'
    """
    parts = re.split(r"(<thead>.*?</thead>)", page, flags=re.DOTALL)
    scopes = ("row", "col")
    return "".join(
        re.sub(r"<th(?= |>)(?![^>]*scope)", f'<th scope="{scopes[at % 2]}"', p) for at, p in enumerate(parts)
    )


def title_and_question(notebook: Any) -> tuple[str, str]:
    first = next(cell.source for cell in notebook.cells if cell.source.startswith("# "))
    title, question = (
        re.match(r"# (.+)", first),
        re.search(r"\*\*The question:\*\* (.+?)\s*(?:\*About|\Z)", first, re.DOTALL),
    )
    if title is None or question is None:
        raise ValueError(f"the cell with the title must tell a title and the question, not {first[:60]!r}")
    title_text, question_text = (" ".join(re.sub(r"[*`]", "", found[1]).split()) for found in (title, question))
    return title_text, question_text


def slides(notebook: Any, title: str) -> str:
    """One notebook as one page, which needs the assets beside it."""
    exporter = SlidesExporter(
        template_name="deck", extra_template_basedirs=[str(HERE / "templates")], exclude_anchor_links=True
    )
    page, _ = exporter.from_notebook_node(
        prepared(notebook), resources={"deck": {"title": title, "generator": GENERATOR}}
    )
    return with_scopes(page)


def foreign(folder: Path) -> list[Path]:
    """What in the folder is not from an earlier export."""
    ours = {folder / "assets", *(folder / "assets" / name for name in (*ASSETS, LICENCE))}
    mark = re.compile(rf'<meta (?=[^>]*name="generator")[^>]*content="{GENERATOR}"')

    def is_page(path: Path) -> bool:
        if path.suffix != ".html" or not path.is_file():
            return False
        return mark.search(path.read_text(encoding="utf-8", errors="replace")[:2000]) is not None

    return [path for path in sorted(folder.rglob("*")) if path not in ours and not is_page(path)]


def clear(folder: Path) -> None:
    """Make room in the folder, or make it; refuse to where it holds anything but an earlier export."""
    if folder.exists() and (not folder.is_dir() or (others := foreign(folder))):
        what = f"holds {others[0].name}, which is not a slide of ours" if folder.is_dir() else "is a file"
        free = next(name for n in range(2, 1000) if not (name := folder.with_name(f"{folder.name}-{n}")).exists())
        sys.exit(
            f"{folder} {what}, and nothing there is overwritten. Type the name of a new folder:\n"
            f'  {python()} -m kevent_sim slides "{free}"'
        )
    if folder.exists():
        for old in folder.glob("*.html"):
            old.unlink()
    (folder / "assets").mkdir(parents=True, exist_ok=True)


def export(sources: list[Path], folder: Path) -> Path:
    """Write a page for each notebook, the assets and the index; return the index."""
    clear(folder)
    rows = []
    for source in sources:
        notebook = nbformat.read(source, as_version=4)
        title, question = title_and_question(notebook)
        (folder / f"{source.stem}.html").write_text(slides(notebook, title), encoding="utf-8", newline="\n")
        rows.append(f'<li value="{int(source.stem[:2])}"><a href="{source.stem}.html">{html.escape(title)}</a>')
        rows.append(f"<p>{html.escape(question)}</p></li>")
    for name, place in ASSETS.items():
        shutil.copyfile(place / name, folder / "assets" / name)
    shutil.copyfile(HERE / "reveal" / "LICENSE", folder / "assets" / LICENCE)
    index = folder / "index.html"
    index.write_text(INDEX.format(generator=GENERATOR, rows="\n".join(rows)), encoding="utf-8", newline="\n")
    return index


def main(folder: str) -> None:
    sources = notebooks(home())
    index = export(sources, Path(folder))
    print(f"{len(sources)} notebooks are slides now. Open in a browser:  {index.resolve()}")
