"""The course as a static folder, in a browser: every cell runs, and says what it says in an installed course.

Served below a subfolder, with every request to elsewhere refused. It needs Pyodide's files (`site_files.py`, some 60 MB
of downloads) and installs the builder: so it runs in CI, with `--long`, and where KEVENT_SIM_PYODIDE names a folder
with the files. With `--long` it fails where they cannot be fetched.
"""

from __future__ import annotations

import configparser
import functools
import json
import os
import re
import sys
import threading
from pathlib import Path

import pytest
import site_files
import sizes

from kevent_sim.course.setup.check import home
from kevent_sim.course.setup.editions import for_learners
from kevent_sim.course.site import command, pyodide

NOTEBOOKS = [
    path
    for path in sorted((home() / "notebooks").glob("*.ipynb"))
    if sizes.long or path.name.startswith(("01", "04", "08"))
]
WIDGET = "application/vnd.jupyter.widget-view+json"
OPENED = """(name) => {
  const current = window.jupyterapp && window.jupyterapp.shell.currentWidget;
  return !!(current && current.title.label === name && current.content.model && current.content.model.cells.length > 2);
}"""
IDLE = """() => {
  const context = window.jupyterapp.shell.currentWidget.context;
  const session = context && context.sessionContext.session;
  return !!(session && session.kernel && session.kernel.status === 'idle');
}"""
BUSY = IDLE.replace("idle", "busy")
LOOP = """() => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  const at = [...notebook.model.cells].findIndex(cell => cell.type === 'code');
  notebook.model.cells.get(at).sharedModel.setSource('while True: pass');
  notebook.activeCellIndex = at;
  window.jupyterapp.commands.execute('notebook:run-cell');
}"""
RUN = """() => {
  window.ended = '';
  window.jupyterapp.commands.execute('notebook:run-all-cells').then(
    done => { window.ended = 'ran: ' + done; }, error => { window.ended = 'error: ' + error; });
}"""
CELLS = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
  .filter(cell => cell.type === 'code')
  .map(cell => ({source: cell.sharedModel.getSource(), outputs: cell.outputs.toJSON()}))"""
SHOW_LAB = """() => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  const at = [...notebook.model.cells].findIndex(cell => cell.type === 'code'
    && /(EventLab|RaceLab)\\(/.test(cell.sharedModel.getSource())
    && cell.outputs.toJSON().some(output => output.data && output.data['application/vnd.jupyter.widget-view+json']));
  if (at >= 0) { notebook.activeCellIndex = at; notebook.scrollToItem(at, 'start'); }
  return at >= 0;
}"""

CHANGED = """([lab, words, picture]) => lab.querySelector('[role=status]').innerText !== words
  && lab.querySelector('svg[role=img]').outerHTML !== picture"""


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The folder as `python -m kevent_sim site` writes it, below the folder that is served."""
    if not (sizes.long or os.environ.get("CI") or os.environ.get(site_files.NAMED)):
        pytest.skip(f"downloads 60 MB: in CI, with --long, or with Pyodide's files in the folder {site_files.NAMED}")
    if sys.platform == "win32" and not sizes.long:
        pytest.skip("a folder of the same bytes on each system: on Windows it is opened with --long")
    try:
        files = site_files.files(tmp_path_factory.mktemp("pyodide"))
    except (site_files.NotHere, pyodide.Refused) as error:
        (pytest.fail if sizes.long else pytest.skip)(f"Pyodide's files cannot be fetched: {error}")
    served = tmp_path_factory.mktemp("served")
    command.build(served / "in" / "a-subfolder", files, tmp_path_factory.mktemp("cache"), lambda text: None)
    return served


@pytest.fixture(scope="module")
def address(site):
    with command.server(site) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}/in/a-subfolder/"
        serving.shutdown()
        thread.join()


@pytest.fixture
def page(browser, address):
    """A page that reaches nothing outside; what it asked for all the same is in `page.outside`."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    opened = context.new_page()
    opened.outside, opened.problems = [], []
    opened.on("pageerror", lambda error: opened.problems.append(str(error)))
    context.route("**/*", lambda route: inside(opened, route, address))
    yield opened
    context.close()


def inside(page, route, address: str) -> None:
    if route.request.url.startswith((address, "data:", "blob:")):
        route.continue_()
    else:
        if not route.request.url.endswith("/favicon.ico"):  # a browser asks each server for one, at its root
            page.outside.append(route.request.url)
        route.abort()


def open_notebook(page, address: str, name: str) -> None:
    page.goto(f"{address}lab/index.html?path={name}")
    page.wait_for_function(OPENED, arg=name, timeout=120_000)


@functools.cache
def rules() -> list[tuple[re.Pattern[str], str]]:
    """nbval's, by which the stored outputs are compared elsewhere."""
    read = configparser.ConfigParser(interpolation=None)
    read.read(Path(__file__).parent / "nbval_sanitize.cfg", encoding="utf-8")
    return [(re.compile(read[name]["regex"]), read[name]["replace"]) for name in read.sections()]


def words_of_picture(svg: re.Match[str]) -> str:
    """A picture's words and titles: how its strokes are written depends on matplotlib's version."""
    return "SVG" + json.dumps(re.findall(r'<(?:text|title)[^>]*>([^<]*)<|aria-label="([^"]*)"', svg[0]))


def compared(text: str | list[str]) -> str:
    whole = re.sub(r"<svg.*?</svg>", words_of_picture, "".join(text), flags=re.DOTALL)
    for pattern, instead in rules():
        whole = pattern.sub(instead, whole)
    return whole


def told(outputs) -> dict[str, list]:
    """What a cell's outputs say, for comparison: streams are joined, a picture of pixels only is there."""
    said: dict[str, list] = {}
    for output in outputs:
        if output["output_type"] == "stream":
            said.setdefault(output["name"], [""])[0] += compared(output["text"])
        elif output["output_type"] == "error":
            said.setdefault("error", []).append((output["ename"], output["evalue"]))
        else:
            for kind, text in output["data"].items():
                said.setdefault(kind, []).append("" if kind.startswith("image/png") else compared(text))
    return said


def is_live(outputs) -> bool:
    return any(WIDGET in output.get("data", {}) for output in outputs)


def differences(stored, ran) -> list:
    """The cells that say something else, live widgets excepted; `ks.progress` tells of the folder that it is in."""
    assert len(stored) == len(ran)
    return [
        (cell["source"][:80], told(cell["outputs"]), told(now["outputs"]))
        for cell, now in zip(stored, ran, strict=True)
        if not is_live(now["outputs"]) and "ks.progress()" not in now["source"]
        if told(cell["outputs"]) != told(now["outputs"])
    ]


def stored_cells(path: Path) -> list[dict]:
    """The code cells that a learner gets, with the outputs that are stored."""
    kept = {cell["id"] for cell in json.loads(for_learners(path.read_bytes()))["cells"]}
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in cells if cell["id"] in kept and "outputs" in cell]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_every_cell_says_what_it_says_in_an_installed_course_and_a_lab_redraws(notebook, address, page, account):
    open_notebook(page, address, notebook.name)
    page.wait_for_function(IDLE, timeout=120_000)
    page.evaluate(RUN)
    page.wait_for_function("() => window.ended", timeout=480_000)
    ran = page.evaluate(CELLS)
    assert differences(stored_cells(notebook), ran) == []
    assert page.evaluate("() => window.ended") == "ran: true"
    if page.evaluate(SHOW_LAB):
        toggle_the_first_lab(page)
    assert page.outside == []
    assert page.problems == []
    account.append(f"in a browser: {notebook.name}, {len(ran)} cells")


def toggle_the_first_lab(page) -> None:
    """Another event is chosen: words and picture follow."""
    lab = page.locator(".jp-OutputArea-output").filter(has=page.locator(".widget-toggle-buttons")).first
    lab.scroll_into_view_if_needed()
    words = lab.locator("[role=status]").first.inner_text()
    picture = lab.locator("svg[role=img]").first.evaluate("svg => svg.outerHTML")
    lab.locator(".widget-toggle-buttons").first.locator("button:not(.mod-active)").last.click()
    page.wait_for_function(CHANGED, arg=[lab.element_handle(), words, picture], timeout=20_000)


def test_an_edit_survives_a_reload_which_ends_an_endless_loop_and_a_link_leads_to_the_next_notebook(address, page):
    open_notebook(page, address, "00_start_here.ipynb")
    page.wait_for_function(IDLE, timeout=120_000)
    page.evaluate(LOOP)
    page.wait_for_function(BUSY, timeout=30_000)
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    open_notebook(page, address, "00_start_here.ipynb")
    assert page.evaluate(CELLS)[0]["source"] == "while True: pass"
    page.wait_for_function(IDLE, timeout=120_000)
    page.evaluate("""() => {
      const notebook = window.jupyterapp.shell.currentWidget.content;
      notebook.scrollToItem(notebook.model.cells.length - 1, 'end');
    }""")
    page.get_by_role("link", name="01_event_objects").last.click()
    page.wait_for_function(OPENED, arg="01_event_objects.ipynb", timeout=60_000)
    assert page.outside == []


def test_the_landing_page_leads_to_each_notebook_and_shows_its_pictures(address, page):
    page.goto(address)
    links = page.locator("ol a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    names = [path.name for path in sorted((home() / "notebooks").glob("*.ipynb"))]
    assert links == [f"lab/index.html?path={name}" for name in names]
    assert page.locator("img").evaluate_all("images => images.every(one => one.naturalWidth > 100)")
    page.get_by_role("link", name="Start the course").click()
    page.wait_for_function(OPENED, arg="00_start_here.ipynb", timeout=120_000)
    assert page.outside == []


def test_a_difference_would_be_seen():
    def cell(text):
        return {"source": "run", "outputs": [{"output_type": "stream", "name": "stdout", "text": text}]}

    def picture(word, style):
        svg = f'<svg aria-label="a"><text style="{style}">{word}</text></svg>'
        return {"source": "", "outputs": [{"output_type": "display_data", "data": {"text/html": svg}}]}

    assert differences([cell("holds")], [cell("holds")]) == []
    assert len(differences([cell("holds")], [cell("inconclusive")])) == 1
    assert differences([picture("Waiter", "a")], [picture("Waiter", "b")]) == []
    assert len(differences([picture("Waiter", "a")], [picture("Setter", "a")])) == 1
