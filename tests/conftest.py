"""Random tests draw the same examples on every machine, and keep nothing on disk; a browser is started
and slides are exported once. What tests account for is printed."""

import multiprocessing
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import sizes
from hypothesis import settings

from kevent_sim.course import slides
from kevent_sim.course.setup import check as setup_check
from kevent_sim.machine.call import calls_made, refuse

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
LINES = pytest.StashKey[list[str]]()


def pytest_addoption(parser) -> None:
    parser.addoption("--long", action="store_true", help="all that random tests and sweeps can try, not a part of it")


def pytest_configure(config) -> None:
    os.environ["KEVENT_SIM_PROGRESS"] = "no"  # in the notebooks' kernels
    sizes.long = config.getoption("--long")
    settings.register_profile("course", derandomize=True, database=None, deadline=None)
    settings.load_profile("course")


@pytest.fixture(autouse=True)
def machine_runs() -> Iterator[None]:
    """Calls may be made: tests drive kernels by hand."""
    with calls_made.taken():
        yield


@pytest.fixture
def no_machine(machine_runs, monkeypatch) -> None:
    """As in a notebook's plain cells: calls are refused."""
    monkeypatch.setattr(calls_made, "put", refuse)


@pytest.fixture
def account(request) -> list[str]:
    """Lines to print at the end of the test run, whether the tests pass or not."""
    return request.config.stash.setdefault(LINES, [])


def pytest_sessionfinish(session) -> None:
    if hasattr(session.config, "workeroutput"):  # this process is one of several: they hand on what they account for
        session.config.workeroutput["account"] = session.config.stash.get(LINES, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    node.config.stash.setdefault(LINES, []).extend(getattr(node, "workeroutput", {}).get("account", []))


def pytest_terminal_summary(terminalreporter, config) -> None:
    for line in config.stash.get(LINES, []):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def talk(tmp_path_factory) -> Path:
    """The folder of the whole course as slides."""
    folder = tmp_path_factory.mktemp("slides") / "talk"
    slides.export(setup_check.notebooks(Path(__file__).parent.parent), folder)
    return folder


def ways_to_launch() -> list[dict[str, str]]:
    """A browser on PATH, playwright's own, or the one installed where Windows and macOS keep it."""
    found = [{"executable_path": path} for path in map(shutil.which, BROWSERS) if path]
    return [*found, {}, {"channel": "chrome"}, {"channel": "msedge"}]


@pytest.fixture(scope="module")  # not longer: while it lasts, no other test could run an event loop
def browser() -> Iterator:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        for way in ways_to_launch():
            with suppress(api.Error):
                opened = playwright.chromium.launch(args=["--no-sandbox", "--disable-background-networking"], **way)
                break
        else:
            pytest.skip("there is no Chromium, Chrome or Edge to open notebooks and slides in")
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        yield executor


@pytest.fixture(scope="module")
def dask(tmp_path_factory) -> Iterator:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    cluster = distributed.LocalCluster(
        n_workers=2,
        processes=True,
        threads_per_worker=1,
        dashboard_address=":0",  # a free port: another test run may go on beside this one
        local_directory=str(tmp_path_factory.mktemp("dask")),
    )
    with distributed.Client(cluster, timeout=120) as client:
        yield client
    with suppress(TimeoutError):  # where others keep the machine busy its processes end late
        cluster.close(timeout=120)


@pytest.fixture(params=["threads", "processes", "dask"])
def executor(request):
    made = request.getfixturevalue(request.param)
    return made.get_executor() if request.param == "dask" else made


@pytest.fixture(params=["processes", "dask"])
def elsewhere(request):
    made = request.getfixturevalue(request.param)
    return made.get_executor() if request.param == "dask" else made
