"""The notebooks as a learner meets them: a real JupyterLab in a real browser runs every one from top to bottom.

Skipped where there is no Chromium or Chrome, or no playwright. What it runs are copies without their outputs; of one
with a lab where it is not `--long`, since each is run by nbval, too.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
from sizes import size

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))[size(1, 0) : size(2, 100)]
TOKEN = "a-token-for-the-test"
AUTHORIZED = {"Authorization": f"token {TOKEN}"}
LAB_SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},  # all cells are on the page, seen or not
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
STARTED = """() => [...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')]
  .some(e => /\\[[\\d*]+\\]/.test(e.textContent))"""
RAN = """() => {
  const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')].map(e => e.textContent);
  return prompts.length > 0 && prompts.every(text => /\\[\\d+\\]/.test(text)) || !!document.querySelector(ERRORS);
}"""
ERRORS = ", ".join(
    f'[data-mime-type="application/vnd.jupyter.{kind}"], .jp-RenderedText[data-mime-type$="{kind}"]'
    for kind in ("error", "stderr")
)
CHANGED = """([lab, words, picture]) => lab.querySelector('[role=status]').innerText !== words
  && lab.querySelector('svg[role=img]').outerHTML !== picture"""


def without_outputs(source: Path) -> str:
    notebook = json.loads(source.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    return json.dumps(notebook)


def answer(url: str, method: str = "GET") -> bytes:
    with urlopen(Request(url, headers=AUTHORIZED, method=method), timeout=10) as response:
        return response.read()


def environment(home: Path) -> dict[str, str]:
    """Nobody's settings: the server's are those of the test alone."""
    for plugin, settings in LAB_SETTINGS.items():
        path = home / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings), encoding="utf-8")
    own = {name: str(home) for name in ("HOME", "USERPROFILE", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    own |= {"JUPYTERLAB_SETTINGS_DIR": str(home / "settings"), "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces")}
    own |= {"JUPYTER_RUNTIME_DIR": str(home / "runtime")}
    return {**os.environ, **own}


@pytest.fixture(scope="module")
def server(browser, tmp_path_factory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("jupyterlab")
    (home / "notebooks").mkdir()
    for source in NOTEBOOKS:
        (home / "notebooks" / source.name).write_text(without_outputs(source), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--ServerApp.port_retries=0",
        "--allow-root", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={home / 'notebooks'}",
    ]  # fmt: skip
    log = home / "server.log"
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, env=environment(home), cwd=home)
    try:
        url = f"http://127.0.0.1:{port}"
        until_it_answers(process, url, log)
        yield url
        for kernel in json.loads(answer(f"{url}/api/kernels")):
            answer(f"{url}/api/kernels/{kernel['id']}", "DELETE")
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until_it_answers(process: subprocess.Popen, url: str, log: Path) -> None:
    for _ in range(300):
        with suppress(URLError, OSError):
            answer(f"{url}/api/status")
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.2)
            break
    pytest.fail("JupyterLab does not start:\n" + log.read_text(encoding="utf-8", errors="replace"))


@pytest.fixture
def page(browser, server) -> Iterator:
    """A page whose errors are noted in `page.problems`."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, extra_http_headers=AUTHORIZED)
    opened = context.new_page()
    opened.problems, opened.late = [], pytest.importorskip("playwright.sync_api").TimeoutError
    opened.on("pageerror", lambda error: opened.problems.append(str(error)))
    opened.on("console", lambda message: noted(opened, message))
    yield opened
    context.close()
    for kernel in json.loads(answer(f"{server}/api/kernels")):
        answer(f"{server}/api/kernels/{kernel['id']}", "DELETE")


def noted(page, message) -> None:
    if message.type == "error":
        page.problems.append(f"{message.text} ({message.location.get('url', '')})")


def kernel_is_connected(server: str) -> bool:
    try:
        kernels = json.loads(answer(f"{server}/api/kernels"))
    except HTTPError:  # the server answers 500 while a kernel that it has just made has no activity yet
        return False
    return any(kernel["connections"] and kernel["execution_state"] == "idle" for kernel in kernels)


def run_all(page, server: str, name: str) -> None:
    page.goto(f"{server}/lab/tree/{name}?reset&token={TOKEN}")
    for _ in range(600):  # earlier, JupyterLab drops the command or asks which kernel to take
        if kernel_is_connected(server):
            break
        page.wait_for_timeout(100)
    page.get_by_text("Python 3 (ipykernel)").first.wait_for()
    for _ in range(5):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        with suppress(page.late):
            page.wait_for_function(STARTED, timeout=3_000)
            break
    page.wait_for_function(RAN.replace("ERRORS", json.dumps(ERRORS)), timeout=240_000)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_runs_in_jupyterlab_and_its_lab_answers_a_click(notebook, server, page):
    run_all(page, server, notebook.name)
    assert page.locator(ERRORS).all_text_contents() == []
    if "Lab(" in notebook.read_text(encoding="utf-8"):
        click_the_first_lab(page)
    assert page.problems == []


def click_the_first_lab(page) -> None:
    """Each button that is there, and another event where one is chosen: words and picture follow each click."""
    lab = page.locator(".kevent-lab").first
    lab.scroll_into_view_if_needed()
    for name in ("KeSetEvent", "KePulseEvent", "new wait", "begin anew", "FileCreationThread", "run on", "undo"):
        if (call := lab.get_by_role("button", name=name)).count():
            both_change(page, lab, call.first)
    events = lab.locator(".widget-toggle-buttons").first
    if events.filter(has_text="NotificationEvent").count():
        both_change(page, lab, events.locator("button:not(.mod-active)").last)
        chosen = events.locator("button.mod-active")
        assert "✓" in chosen.evaluate("button => getComputedStyle(button, '::before').content")
    assert len(lab.locator("svg[role=img]").first.get_attribute("aria-label")) > 40


def both_change(page, lab, button) -> None:
    words = lab.locator("[role=status]").first.inner_text()
    picture = lab.locator("svg[role=img]").first.evaluate("svg => svg.outerHTML")
    button.click()
    page.wait_for_function(CHANGED, arg=[lab.element_handle(), words, picture], timeout=20_000)
