"""The course as a static folder: what goes into it, and what is said where it cannot be made. No network, no browser;
`test_site_browser.py` opens one."""

import ast
import colorsys
import functools
import http.server
import json
import subprocess
import sys
import threading
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
import site_files

from kevent_sim.course import cli
from kevent_sim.course.setup.check import home
from kevent_sim.course.site import build, builder, command, lock, pyodide
from kevent_sim.course.site.wheel import wheel

CONTENT = {f"file-{n}.whl": bytes([n]) * 100_000 for n in range(3)}


@pytest.fixture(autouse=True)
def small_list(monkeypatch, request):
    """Three files stand for Pyodide's, except where a test is about the committed list."""
    if "committed" not in request.node.name:
        digests = {name: sha256(content).hexdigest() for name, content in CONTENT.items()}
        monkeypatch.setattr(pyodide, "hashes", lambda: digests)


@pytest.fixture
def files(tmp_path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    for name, content in CONTENT.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def no_builder(monkeypatch):
    """A builder that writes one page, where the real one starts JupyterLite."""

    def page(self, stage, target):
        target.mkdir()
        (target / "page.html").write_text(f"{len(list(stage.rglob('*')))} files", encoding="utf-8")

    monkeypatch.setattr(builder.Builder, "make", lambda self, say: None)
    monkeypatch.setattr(builder.Builder, "wheels", lambda self: [])
    monkeypatch.setattr(builder.Builder, "build", page)
    monkeypatch.setattr(build, "lock", lambda *parts: {})


class Serving(http.server.SimpleHTTPRequestHandler):
    """Of a server in the layout of Pyodide's own; it notes what was asked for, and knows Range."""

    asked: list

    def do_GET(self):
        range_ = self.headers.get("Range")
        self.asked.append((self.path, range_))
        file = Path(self.translate_path(self.path))
        if not file.is_file():
            self.send_error(404)
            return
        content = file.read_bytes()
        start = int(range_[len("bytes=") : -1]) if range_ else 0
        if start and start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start:])

    def log_message(self, *words):
        pass


@pytest.fixture
def distribution(files):
    """(address, what was asked for) of a local server of the files."""
    handler = type("Noting", (Serving,), {"asked": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(files)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", handler.asked
    server.shutdown()
    thread.join()
    server.server_close()


def quiet(text: str) -> None:
    """Nothing is printed."""


# The committed list


def test_the_committed_list_is_complete_and_its_names_are_canonical():
    found = pyodide.listed()
    packages = found["packages"]
    assert packages == lock.closure(packages, lock.OFFICIAL)
    assert set(packages) == {lock.canonical(name) for name in packages}
    assert set(found["core"]) == set(pyodide.CORE)
    assert found["info"]["version"] == pyodide.VERSION
    assert all(len(digest) == 64 and int(digest, 16) for digest in pyodide.hashes().values())
    assert len(pyodide.hashes()) == len(packages) + len(pyodide.CORE)


def test_of_the_committed_list_nothing_may_be_missing():
    packages = pyodide.listed()["packages"]
    for gone in packages:
        with pytest.raises(lock.Incomplete, match=f"^{gone} is needed and not listed$"):
            lock.closure({name: package for name, package in packages.items() if name != gone}, lock.OFFICIAL)


def test_the_committed_lock_needs_each_of_the_other_wheels(tmp_path):
    found, wheels = pyodide.listed(), []
    for name in lock.OTHERS:
        wheels.append(tmp_path / f"{name.replace('-', '_')}-1.0-py3-none-any.whl")
        with zipfile.ZipFile(wheels[-1], "w") as archive:
            archive.writestr(f"{name}/__init__.py", "")
            archive.writestr(f"{name}/deeper/__init__.py", "")
    made = lock.lock(found["info"], found["packages"], wheels)["packages"]
    assert set(made) == {*found["packages"], *lock.OTHERS}
    assert all(made[name]["imports"] == [name] for name in lock.OTHERS)
    for gone in wheels:
        with pytest.raises(lock.Incomplete):
            lock.lock(found["info"], found["packages"], [one for one in wheels if one != gone])


def test_our_own_wheel_has_the_same_bytes_each_time_and_all_that_a_notebook_imports(tmp_path):
    first, second = (wheel(place) for place in (tmp_path, tmp_path / "again") if place.mkdir(exist_ok=True) is None)
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        inside = set(archive.namelist())
    package = home() / "kevent_sim" if (home() / "kevent_sim").is_dir() else home()
    modules = {f"kevent_sim/{path.relative_to(package).as_posix()}" for path in package.rglob("*.py")}
    assert modules <= inside
    assert {"kevent_sim/c/headers/ntifs.h", "kevent_sim/notebooks/00_start_here.ipynb"} <= inside


# Files from a folder


def test_a_folder_with_every_file_is_taken(files):
    assert pyodide.from_folder(files) == files


def test_a_missing_file_is_named(files):
    (files / "file-1.whl").unlink()
    with pytest.raises(pyodide.Refused, match=r"^file-1\.whl is not in .*3 files of Pyodide"):
        pyodide.from_folder(files)


def test_one_wrong_byte_is_noticed(files):
    content = bytearray(CONTENT["file-2.whl"])
    content[50_000] ^= 1
    (files / "file-2.whl").write_bytes(content)
    with pytest.raises(pyodide.Refused, match=r"file-2\.whl is not Pyodide [\d.]+'s file of that name"):
        pyodide.from_folder(files)


def test_without_npm_the_tests_say_why_the_files_are_not_here(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(site_files.NAMED, raising=False)
    with pytest.raises(site_files.NotHere, match=r"there is no npm to fetch pyodide@[\d.]+ with"):
        site_files.files(tmp_path)


# Files from the network


def test_each_file_is_fetched_once(distribution, tmp_path):
    address, asked = distribution
    for _ in range(2):
        cache = pyodide.fetched(tmp_path / "cache", quiet, address)
    assert {path.name: path.read_bytes() for path in cache.iterdir()} == CONTENT
    assert asked == [(f"/{name}", None) for name in CONTENT]


@pytest.mark.parametrize("came", [1, 70_000, 100_000])
def test_a_file_that_was_half_fetched_goes_on_where_it_stopped(distribution, tmp_path, came):
    address, asked = distribution
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "file-1.whl.part").write_bytes(CONTENT["file-1.whl"][:came])
    pyodide.fetched(cache, quiet, address)
    assert {path.name: path.read_bytes() for path in cache.iterdir()} == CONTENT
    assert ("/file-1.whl", f"bytes={came}-") in asked


def test_a_file_that_went_bad_in_the_cache_is_fetched_anew(distribution, tmp_path):
    address, _ = distribution
    cache = pyodide.fetched(tmp_path / "cache", quiet, address)
    (cache / "file-0.whl").write_bytes(b"half")
    pyodide.fetched(cache, quiet, address)
    assert (cache / "file-0.whl").read_bytes() == CONTENT["file-0.whl"]


def test_a_wrong_file_from_the_network_is_refused_and_not_kept(distribution, files, tmp_path):
    address, _ = distribution
    (files / "file-1.whl").write_bytes(b"something else")
    with pytest.raises(pyodide.Refused, match=r"file-1\.whl is not Pyodide"):
        pyodide.fetched(tmp_path / "cache", quiet, address)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["file-0.whl"]


def test_a_file_that_the_server_has_not_is_named_with_what_it_said(distribution, files, tmp_path):
    address, _ = distribution
    (files / "file-1.whl").unlink()
    with pytest.raises(pyodide.Refused, match=r"file-1\.whl cannot be fetched: the server says 404"):
        pyodide.fetched(tmp_path / "cache", quiet, address)


def test_without_a_network_one_is_told_of_the_other_way(distribution, tmp_path):
    address = "http://127.0.0.1:9/"  # nobody listens there
    with pytest.raises(pyodide.Refused, match=r"(?s)cannot be fetched: .*--pyodide FILES"):
        pyodide.fetched(tmp_path / "cache", quiet, address)


# The folder


def test_the_folder_has_the_pages_the_landing_page_and_a_mark_of_all(no_builder, files, tmp_path):
    command.build(tmp_path / "site", files, tmp_path / "cache", quiet)
    there = {path.name for path in (tmp_path / "site").iterdir()}
    assert there == {"page.html", "index.html", build.MARK, *build.PICTURES}
    assert set(json.loads((tmp_path / "site" / build.MARK).read_text())["files"]) == there
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert all(row.endswith("</li>") and len(row.partition("<br>")[2]) > 40 for row in build.rows())
    assert "How do I know that it holds, for every order of events?" in page, "whole, without stars"
    assert page.count("<li value=") == len(list((home() / "notebooks").glob("*.ipynb")))
    assert "ROWS" not in page
    assert 'id="jupyter-config-data"' in page, "JupyterLite's pages read their settings there"
    assert page.count("http") == 0


def test_an_earlier_site_is_replaced(no_builder, files, tmp_path):
    for _ in range(2):
        command.build(tmp_path / "site", files, tmp_path / "cache", quiet)
        assert build.refusal(tmp_path / "site") == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["files", "site"]


def test_a_folder_with_anything_else_is_refused_and_stays_as_it_is(no_builder, files, tmp_path):
    command.build(tmp_path / "site", files, tmp_path / "cache", quiet)
    (tmp_path / "site" / "thesis.txt").write_text("mine")
    (tmp_path / "site-2").mkdir()
    with pytest.raises(SystemExit, match=r'holds thesis\.txt, .*\n  python3? -m kevent_sim site ".*site-3"'):
        cli.main(["site", str(tmp_path / "site")])
    assert (tmp_path / "site" / "thesis.txt").read_text() == "mine"


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "site").write_text("mine")
    assert build.refusal(tmp_path / "site").startswith(f"{tmp_path / 'site'} is a file, and nothing there")


def test_an_empty_folder_is_written_to(no_builder, files, tmp_path):
    (tmp_path / "site").mkdir()
    command.build(tmp_path / "site", files, tmp_path / "cache", quiet)
    assert (tmp_path / "site" / "index.html").exists()


def test_where_the_builder_fails_nothing_is_left_behind(no_builder, monkeypatch, files, tmp_path):
    def fails(self, stage, target):
        target.mkdir()
        (target / "half.html").touch()
        raise builder.Failed("JupyterLite said no")

    monkeypatch.setattr(builder.Builder, "build", fails)
    monkeypatch.setattr(command, "user_cache", lambda: tmp_path / "cache")
    with pytest.raises(SystemExit, match=r"^JupyterLite said no\nNothing was written to .*site\.$"):
        cli.main(["site", str(tmp_path / "site"), "--pyodide", str(files)])
    assert [path.name for path in tmp_path.iterdir()] == ["files"]


def test_a_wrong_file_is_told_before_anything_is_installed(monkeypatch, files, tmp_path):
    (files / "file-0.whl").unlink()
    monkeypatch.setattr(builder.Builder, "make", lambda self, say: pytest.fail("it was installed"))
    with pytest.raises(SystemExit, match=r"(?s)^file-0\.whl is not in .*Nothing was written"):
        cli.main(["site", str(tmp_path / "site"), "--pyodide", str(files)])
    assert not (tmp_path / "site").exists()


# The builder


def test_a_builder_that_was_left_half_made_is_made_again(monkeypatch, tmp_path):
    ran = []
    monkeypatch.setattr(
        builder, "run", lambda words, own, folder=None: ran.append(words[2:4]) or own.mkdir(exist_ok=True)
    )
    one = builder.Builder(tmp_path)
    one.make(quiet)
    assert ran[0] == ["venv", "--clear"]
    assert one.mark.exists()
    one.make(quiet)
    assert len(ran) == 3
    one.mark.unlink()
    one.make(quiet)
    assert len(ran) == 6


def test_a_program_that_fails_is_quoted(tmp_path):
    with pytest.raises(builder.Failed, match=r"(?s)the disk is full.*failed, with code 3:  .*-c"):
        builder.run([sys.executable, "-c", "print('the disk is full'); raise SystemExit(3)"], tmp_path)


def test_nobodys_settings_reach_the_builder(monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_PATH", "/elsewhere")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    assert "/elsewhere" not in builder.environment(tmp_path).values()


# In the browser


def test_where_the_standard_library_is_a_zip_file_it_is_not_a_learners(tmp_path):
    """As in Pyodide, which has `os` built in, and the rest in the file."""
    zipped = tmp_path / "python.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        for module in (ast, colorsys):
            archive.write(module.__file__, Path(module.__file__).name)
    code = (
        f"import sys; sys.path.insert(0, {str(zipped)!r}); sys.modules.pop('ast', None); import colorsys, os; "
        "from kevent_sim.machine.lines import is_learners; "
        "print([is_learners(file) for file in (colorsys.__file__, os.__file__, os.path.abspath('mine.py'))])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=home())
    assert told.stdout == "[False, False, True]\n"


# Serving


def test_a_page_is_served_with_the_types_that_pyodide_needs(tmp_path):
    for name in ("pyodide.asm.wasm", "pyodide.mjs"):
        (tmp_path / name).write_text(name)
    with command.server(tmp_path) as serving:
        assert serving.server_address[0] == "127.0.0.1"
        for name, kind in (("pyodide.asm.wasm", "application/wasm"), ("pyodide.mjs", "text/javascript")):
            thread = threading.Thread(target=serving.handle_request)
            thread.start()
            with pyodide.urlopen(f"http://127.0.0.1:{serving.server_port}/{name}") as answer:
                assert answer.read().decode() == name
                assert answer.headers["Content-Type"] == kind
            thread.join()


def test_a_folder_already_built_is_served_as_it_is(no_builder, monkeypatch, files, tmp_path):
    command.build(tmp_path / "site", files, tmp_path / "cache", quiet)
    served = []
    monkeypatch.setattr(command, "serve", lambda folder, say: served.append(folder))
    monkeypatch.setattr(command, "build", lambda *parts: pytest.fail("it was built again"))
    assert cli.main(["site", str(tmp_path / "site"), "--serve"]) == 0
    assert served == [tmp_path / "site"]
