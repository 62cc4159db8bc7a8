"""`python -m kevent_sim` finds out what is there, says what to type, and never starts over what is done."""

from __future__ import annotations

import json
import os
import re
import runpy
import socket
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import kevent_sim as ks
from kevent_sim.course import cli as command
from kevent_sim.course.setup import check as setup_check
from kevent_sim.course.setup import copy as course_copy
from kevent_sim.course.setup import lab as course_lab
from kevent_sim.course.setup import venv as course_venv
from kevent_sim.course.setup.check import Part, Requirement, release
from kevent_sim.course.setup.editions import EDITIONS, for_learners
from kevent_sim.samples import notification_event, race, synchronization_event

ROOT = Path(__file__).resolve().parent.parent
OK, WRONG = Part(True, "all 1.0"), Part(False, "pandas is missing; type:  python -m kevent_sim")


NOTEBOOK = for_learners(b'{"cells": [], "metadata": {}}')


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """An empty clone, with one notebook, that `main` takes for its own."""
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / course_copy.FIRST).write_bytes(NOTEBOOK)
    (tmp_path / "notebooks" / "01_second.ipynb").write_bytes(NOTEBOOK)
    monkeypatch.setattr(setup_check, "PACKAGE", tmp_path / "kevent_sim")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The folder that a learner works in; the package, with two notebooks and a picture, came from a wheel."""
    package = tmp_path / "site-packages" / "kevent_sim"
    (package / "notebooks" / "pictures").mkdir(parents=True)
    (package / "notebooks" / course_copy.FIRST).write_bytes(NOTEBOOK)
    (package / "notebooks" / "01_second.ipynb").write_bytes(NOTEBOOK)
    (package / "notebooks" / "pictures" / "race.png").write_bytes(b"pixels")
    monkeypatch.setattr(setup_check, "PACKAGE", package)
    monkeypatch.setattr(setup_check, "parts", lambda root, version: [OK])
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    return tmp_path / "desk"


@pytest.fixture
def became(monkeypatch):
    """The commands that `main` went on as."""
    commands = []
    monkeypatch.setattr(command, "become", lambda words: commands.append(words) or 0)
    return commands


@pytest.fixture
def ran(monkeypatch):
    """The commands that were run, all of which succeed."""
    commands = []
    monkeypatch.setattr(course_venv, "run_to_end", lambda words: commands.append(words) or 0)

    def run(words, **_):
        commands.append(words)
        return subprocess.CompletedProcess(words, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def with_missing(monkeypatch, *answers):
    """`missing` answers these one after the other, then that nothing is."""
    rest = list(answers)
    monkeypatch.setattr(setup_check, "missing", lambda root, extra="": rest.pop(0) if rest else [])


def inside_venv(monkeypatch, clone):
    (clone / ".venv").mkdir()
    monkeypatch.setattr(sys, "prefix", str(clone / ".venv"))


# Versions


@pytest.mark.parametrize(
    ("older", "newer"), [("8.1", "8.10"), ("2.2.3", "3.1.1"), ("4", "4.0.1"), ("0.9", "0.11.0"), ("3.8", "3.11.2rc1")]
)
def test_versions_compare_as_numbers(older, newer):
    assert release(older) < release(newer)


def test_a_zero_at_the_end_of_a_version_changes_nothing():
    assert release("4") == release("4.0") == release("4.0.0") == release("4.0.0rc1")


@pytest.mark.parametrize(("version", "admitted"), [("8.0.9", False), ("8.1", True), ("8.99", True), ("9.0.0", False)])
def test_a_requirement_admits_from_its_floor_up_to_its_ceiling(version, admitted):
    assert Requirement.parse("ipywidgets>=8.1,<9; sys_platform != 'emscripten'").admits(version) is admitted


@pytest.mark.parametrize("text", ["pandas==2.2", "pandas~=2.2", "pandas[all]>=2", "pandas>=2.2,!=2.3"])
def test_a_requirement_that_we_could_not_judge_is_refused(text):
    with pytest.raises(ValueError, match="is not of the form"):
        Requirement.parse(text)


@pytest.mark.parametrize("extra", ["", "test"])
def test_every_requirement_of_the_project_can_be_judged_and_has_a_floor(extra):
    assert all(requirement.bounds for requirement in setup_check.requirements(ROOT, extra))


# Lines


def test_a_distribution_that_fits_is_one_line_with_its_version(monkeypatch):
    monkeypatch.setattr(metadata, "version", lambda name: "8.1.9")
    assert str(setup_check.required(Requirement.parse("ipywidgets>=8.1,<9"), ROOT)) == "[ OK ] ipywidgets 8.1.9"


def test_ipywidgets_too_old_says_what_is_needed_and_what_to_type(monkeypatch):
    monkeypatch.setattr(metadata, "version", lambda name: "7.8.1")
    line = str(setup_check.required(Requirement.parse("ipywidgets>=8.1,<9"), ROOT))
    assert line.startswith("[FAIL] ipywidgets 7.8.1 is not ipywidgets>=8.1,<9; type:  python")
    assert line.endswith(" -m kevent_sim")


@pytest.mark.parametrize("broken", ["nothing there", "metadata half removed"])
def test_a_distribution_that_is_missing_says_so(monkeypatch, broken):
    def version(name):
        if broken == "nothing there":
            raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)
    assert str(setup_check.required(Requirement.parse("pandas>=2.2"), ROOT)).startswith(
        "[FAIL] pandas is missing; type:  "
    )


def test_widgets_without_their_labextension_say_how_to_get_it_back(monkeypatch):
    monkeypatch.setattr(setup_check, "LABEXTENSION", Path("@no-such", "extension"))
    line = str(setup_check.widgets(ROOT))
    assert line.startswith("[FAIL] jupyterlab_widgets: its JupyterLab extension is missing; type:  ")
    assert line.endswith(" -m pip install --force-reinstall ipywidgets jupyterlab_widgets")


def test_widgets_that_were_taken_out_by_hand_say_how_to_get_them_back(monkeypatch):
    found = setup_check.util.find_spec
    monkeypatch.setattr(
        setup_check.util, "find_spec", lambda name: None if name == "jupyterlab_widgets" else found(name)
    )
    assert " -m pip install --force-reinstall ipywidgets jupyterlab_widgets" in str(setup_check.widgets(ROOT))


def test_the_widgets_of_a_complete_environment_fit():
    assert setup_check.widgets(ROOT).fits


def test_notebooks_must_import_the_package_of_this_clone(clone, monkeypatch):
    (clone / "kevent_sim").mkdir()
    (clone / "elsewhere").mkdir()
    monkeypatch.setattr(setup_check, "imported_from", lambda: clone / "kevent_sim")
    assert str(setup_check.this_package(clone, "0.1.0")) == "[ OK ] kevent_sim 0.1.0"
    monkeypatch.setattr(setup_check, "imported_from", lambda: clone / "elsewhere")
    assert "elsewhere, not from this clone; type:  " in str(setup_check.this_package(clone))
    monkeypatch.setattr(setup_check, "imported_from", lambda: None)
    assert str(setup_check.this_package(clone)).startswith("[FAIL] kevent_sim is not installed; type:  ")


def test_the_folder_that_we_were_started_in_does_not_count_as_installed(clone, monkeypatch):
    (clone / "kevent_sim").mkdir()
    (clone / "kevent_sim" / "__init__.py").touch()
    where = setup_check.imported_from()
    assert where is None or not where.samefile(clone / "kevent_sim")


def test_the_first_notebook_is_the_first_by_name(clone):
    assert str(setup_check.course(clone)) == "[ OK ] notebooks: 2, the first is 00_start_here.ipynb"


def test_lost_notebooks_say_how_to_get_them_back(clone):
    for notebook in (clone / "notebooks").iterdir():
        notebook.unlink()
    assert str(setup_check.course(clone)) == "[FAIL] notebooks: there are none; type:  git restore notebooks"


# What goes wrong: each state is made, and what check says to type mends it


def kernelspec(folder, starts):
    """A kernel named python3 in a folder of the learner's own, before all others, that starts another program."""
    spec = folder / "kernels" / "python3"
    spec.mkdir(parents=True)
    words = {"argv": [str(starts), "-m", "ipykernel_launcher", "-f", "{connection_file}"], "display_name": "Python 3"}
    (spec / "kernel.json").write_text(json.dumps(words), encoding="utf-8")
    return spec


def test_the_kernel_of_a_complete_environment_is_this_python():
    assert str(setup_check.kernel(ROOT)).startswith("[ OK ] kernel python3: this Python, with ipykernel ")


@pytest.mark.parametrize("named", ["this one", "python"])
def test_a_kernel_that_starts_this_python_fits_by_whatever_name(tmp_path, monkeypatch, named):
    kernelspec(tmp_path, sys.executable if named == "this one" else "python")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    assert setup_check.kernel(ROOT).fits


def typed(line):
    """The words after `type:`, as a shell would take them."""
    words = str(line).rpartition("; type:  ")[2].split()
    return [sys.executable, *words[1:]]


@pytest.mark.parametrize("starts", ["another Python", "a Python that is gone", "no kernel.json to speak of"])
def test_a_kernel_that_is_not_this_python_is_named_and_what_to_type_mends_it(tmp_path, monkeypatch, starts):
    other = tmp_path / "other-python"
    if starts == "another Python":
        other.write_text("#!/bin/sh\necho /\n", encoding="utf-8")
        other.chmod(0o755)
    spec = kernelspec(tmp_path / "data", other)
    if starts == "no kernel.json to speak of":
        (spec / "kernel.json").write_text("{", encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "data"))
    line = setup_check.kernel(ROOT)
    assert str(line).startswith(f"[FAIL] kernel python3 in {spec} starts ")
    assert "not this Python; type:  " in str(line)
    subprocess.run(typed(line), check=True, capture_output=True)
    assert setup_check.kernel(ROOT).fits


def test_a_kernel_that_jupyter_does_not_know_is_missing(monkeypatch):
    manager = pytest.importorskip("jupyter_client.kernelspec").KernelSpecManager
    monkeypatch.setattr(manager, "find_kernel_specs", lambda self: {"course": "/kernels/course"})
    assert str(setup_check.kernel(ROOT)).startswith("[FAIL] kernel python3, which the notebooks ask for, is missing; ")


def test_a_notebook_that_was_saved_for_a_kernel_of_another_name_is_named(clone):
    saved = {"metadata": {"kernelspec": {"name": "conda-env-course-py"}}}
    (clone / "notebooks" / "02_second.ipynb").write_text(json.dumps(saved), encoding="utf-8")
    line = str(setup_check.course(clone))
    assert line.startswith(
        "[FAIL] notebooks: 02_second.ipynb asks for the kernel conda-env-course-py, not for python3; "
    )


@pytest.fixture
def externally_managed(tmp_path, monkeypatch):
    """The system's own Python, as Debian and Homebrew mark it."""
    (tmp_path / "stdlib").mkdir()
    (tmp_path / "stdlib" / "EXTERNALLY-MANAGED").touch()
    monkeypatch.setattr(setup_check.sysconfig, "get_path", lambda *_: str(tmp_path / "stdlib"))
    monkeypatch.setattr(sys, "base_prefix", sys.prefix)


def test_an_environment_on_an_externally_managed_python_is_not_managed(externally_managed, monkeypatch):
    assert setup_check.externally_managed()
    monkeypatch.setattr(sys, "base_prefix", "/elsewhere")
    assert not setup_check.externally_managed()


def test_where_the_system_keeps_pip_out_nobody_is_told_to_type_pip_there(externally_managed, monkeypatch):
    monkeypatch.setattr(setup_check, "LABEXTENSION", Path("@no-such", "extension"))
    line = str(setup_check.widgets(ROOT))
    assert "-m pip install --force" not in line
    assert f"; type:  {setup_check.python()} -m venv .venv  and then  .venv" in line.replace(".venv\\", ".venv/")
    assert line.endswith("python -m kevent_sim")
    assert str(setup_check.this_interpreter()).endswith("; the system keeps pip out of it")


def test_an_installed_course_on_an_externally_managed_python_gets_one_of_its_own(installed, externally_managed):
    line = str(setup_check.required(Requirement.parse("no-such-thing>=1"), setup_check.home()))
    assert "-m venv .venv  and then  " in line
    assert line.endswith("python -m pip install WHEEL  with the kevent_sim wheel's file for WHEEL")


def test_an_installed_course_is_completed_with_pip(installed):
    line = str(setup_check.required(Requirement.parse("no-such-thing>=1,<2"), setup_check.home()))
    assert line.startswith("[FAIL] no-such-thing is missing; type:  ")
    assert line.endswith(' -m pip install "no-such-thing>=1,<2"')


def test_no_browser_is_no_failure_and_says_what_to_type(monkeypatch):
    monkeypatch.setattr(setup_check.webbrowser, "get", lambda: (_ for _ in ()).throw(setup_check.webbrowser.Error))
    assert setup_check.browser().fits
    assert " -m kevent_sim --no-browser  and open what it prints" in str(setup_check.browser())
    monkeypatch.setattr(setup_check.webbrowser, "get", lambda: None)
    assert str(setup_check.browser()) == "[ OK ] browser: the system's own"


def test_each_part_is_named_with_its_version():
    lines = list(map(str, setup_check.parts(ROOT, ks.__version__)))
    for name in ("Python", "jupyterlab", "ipywidgets", "matplotlib", "pandas", "jupyterlab_widgets", "kevent_sim"):
        assert any(re.match(rf"\[ OK ] {name} \d+\.\d", line) for line in lines)
    assert re.search(r"with ipykernel \d+\.\d", "\n".join(lines))


# The course copied, and opened where there is no clone


def written(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_copy_is_the_course_whole_in_its_edition(tmp_path, capsys, edition):
    assert command.main(["copy", *[f"--{edition}"] * bool(edition), str(tmp_path / "a" / "b")]) == 0
    names = [f"pictures/{path.name}" for path in (ROOT / "notebooks" / "pictures").iterdir()] + ["GLOSSARY.md"]
    notebooks = [path.name for path in (ROOT / "notebooks").glob("*.ipynb")]
    course = {name: (ROOT / "notebooks" / name).read_bytes() for name in names + notebooks}
    course |= {name: EDITIONS[edition](course[name]) for name in notebooks}
    assert written(tmp_path / "a" / "b") == course
    assert (edition == "teacher") == all(course[name] == (ROOT / "notebooks" / name).read_bytes() for name in notebooks)


def test_a_copy_in_another_edition_says_how_to_write_over_that(installed):
    (setup_check.PACKAGE / "notebooks" / course_copy.FIRST).write_text('{"cells": []}', encoding="utf-8")
    command.main(["copy", "mine"])
    with pytest.raises(SystemExit, match="-m kevent_sim copy --teacher --force mine"):
        command.main(["copy", "--teacher", "mine"])


def test_a_copy_is_never_written_over_a_learners_work(installed):
    command.main(["copy", "mine"])
    Path("mine", "00_start_here.ipynb").write_text("my answer", encoding="utf-8")
    Path("mine", "01_second.ipynb").unlink()
    before = written(Path("mine"))
    with pytest.raises(SystemExit) as refused:
        command.main(["copy", "mine"])
    assert str(Path("mine", "00_start_here.ipynb")) in str(refused.value)
    assert "01_second" not in str(refused.value)
    assert " -m kevent_sim copy --force mine" in str(refused.value)
    assert written(Path("mine")) == before


def test_a_copy_that_is_told_to_writes_over_and_says_over_what(installed, capsys):
    command.main(["copy", "mine"])
    fresh = written(Path("mine"))
    Path("mine", "00_start_here.ipynb").write_text("my answer", encoding="utf-8")
    Path("mine", "my_notes.txt").write_text("mine", encoding="utf-8")
    capsys.readouterr()
    command.main(["copy", "--force", "mine"])
    assert f"written over: {Path('mine', '00_start_here.ipynb')}\n" in capsys.readouterr().out
    assert written(Path("mine")) == {**fresh, "my_notes.txt": b"mine"}


def test_a_copy_made_twice_is_the_same(installed, capsys):
    command.main(["copy", "mine"])
    command.main(["copy", "mine"])
    assert "written over" not in capsys.readouterr().out


def test_a_copy_into_what_is_no_folder_is_refused(installed):
    Path("mine").touch()
    with pytest.raises(SystemExit, match="mine cannot be written: "):
        command.main(["copy", "mine"])


def test_a_package_without_its_notebooks_has_nothing_to_copy(installed):
    for path in (setup_check.PACKAGE / "notebooks").glob("*.ipynb"):
        path.unlink()
    (setup_check.PACKAGE / "notebooks" / "pictures" / "race.png").unlink()
    with pytest.raises(SystemExit, match="There are no notebooks in "):
        command.main(["copy", "mine"])


def test_an_installed_course_opens_in_a_copy_below_this_folder(installed, monkeypatch, became, capsys):
    with_missing(monkeypatch)
    assert command.main(["--no-browser"]) == 0
    copied = installed / "kevent-course"
    assert became[0][3:5] == [f"--ServerApp.root_dir={copied}", "--LabApp.default_url=/lab/tree/00_start_here.ipynb"]
    assert written(copied) == written(setup_check.PACKAGE / "notebooks")
    assert f"The course is in {copied}: 2 notebooks." in capsys.readouterr().out


@pytest.mark.parametrize("where", [".", "kevent-course"])
def test_an_installed_course_that_was_copied_is_opened_as_the_learner_left_it(installed, monkeypatch, became, where):
    with_missing(monkeypatch)
    command.main(["copy", where])
    Path(where, "00_start_here.ipynb").write_text("my answer", encoding="utf-8")
    before = written(installed)
    command.main(["--no-browser"])
    assert became[0][3] == f"--ServerApp.root_dir={(installed / where).resolve()}"
    assert written(installed) == before


def test_an_installed_course_that_lacks_a_part_says_what_to_type_and_makes_no_environment(installed, monkeypatch, ran):
    with_missing(monkeypatch, [WRONG])
    with pytest.raises(SystemExit, match=r"\[FAIL\] pandas is missing"):
        command.main([])
    assert ran == []
    assert written(installed) == {}


@pytest.mark.parametrize(("parts", "code"), [([OK], 0), ([OK, WRONG], 1)])
def test_check_prints_every_part_and_fails_with_the_first_that_fails(clone, monkeypatch, capsys, parts, code):
    with_missing(monkeypatch)
    monkeypatch.setattr(setup_check, "parts", lambda root, version: parts)
    assert command.main(["check"]) == code
    assert capsys.readouterr().out.splitlines() == [str(part) for part in parts]


# Python and the clone


def test_a_python_too_old_is_told_so(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 13, "final", 0))
    with pytest.raises(SystemExit, match=r"needs Python 3.11 or newer; this is [^!]*python3.13 -m kevent_sim"):
        runpy.run_module("kevent_sim.__main__", run_name="old")


def test_outside_a_clone_the_tests_are_not_there_and_it_says_so(installed):
    with pytest.raises(SystemExit, match=r"The tests are in the clone only[^!]*cd kevent_sim"):
        command.main(["test", "-q"])


@pytest.mark.parametrize(
    ("system", "path"), [("nt", ".venv/Scripts/python.exe"), ("posix", ".venv/bin/python"), (os.name, None)]
)
def test_the_python_of_the_environment_is_where_each_system_puts_it(system, path):
    expected = ROOT / path if path else course_venv.interpreter(ROOT)
    assert course_venv.interpreter(ROOT, system) == expected


# Set-up


def test_an_interpreter_that_has_everything_is_used_as_it_is(clone, monkeypatch, became, ran):
    with_missing(monkeypatch)
    assert command.main(["test", "-q", "-k", "race"]) == 0
    assert became == [[sys.executable, *command.PYTEST, "-q", "-k", "race"]]
    assert ran == []


def test_first_use_makes_the_environment_and_goes_on_in_it_with_the_same_arguments(
    clone, monkeypatch, became, ran, capsys
):
    with_missing(monkeypatch, [WRONG])
    assert command.main(["--no-browser", "--port", "8899"]) == 0
    assert "First use: this makes the folder .venv here" in capsys.readouterr().out
    assert ran[-1] == [sys.executable, "-m", "venv", "--clear", str(clone / ".venv")]
    assert became == [[str(course_venv.interpreter(clone)), "-m", "kevent_sim", "--no-browser", "--port", "8899"]]


def test_an_environment_that_works_is_not_made_again(clone, monkeypatch, became, ran):
    with_missing(monkeypatch, [WRONG])
    monkeypatch.setattr(course_venv, "works", lambda root: True)
    command.main(["test"])
    assert ran == []
    assert became == [[str(course_venv.interpreter(clone)), "-m", "kevent_sim", "test"]]


def test_an_environment_that_was_left_half_made_is_made_anew(clone, monkeypatch, became, ran, capsys):
    (clone / ".venv").mkdir()
    with_missing(monkeypatch, [WRONG])
    command.main([])
    assert "half made" in capsys.readouterr().out
    assert [sys.executable, "-m", "venv", "--clear", str(clone / ".venv")] in ran


def test_an_environment_without_a_python_does_not_work(clone):
    assert not course_venv.works(clone)
    (clone / ".venv").mkdir()
    assert not course_venv.works(clone)


@pytest.mark.parametrize(("arguments", "what"), [([], "."), (["test"], ".[test]")])
def test_inside_its_environment_it_installs_what_is_missing_and_goes_on(
    clone, monkeypatch, became, ran, arguments, what
):
    inside_venv(monkeypatch, clone)
    with_missing(monkeypatch, [WRONG])
    monkeypatch.setattr(setup_check, "parts", lambda root, version: [OK])
    assert command.main(arguments) == 0
    assert ran[-1] == [sys.executable, "-m", "pip", "install", "-e", what]
    assert became[0][1:3] == ["-m", "pytest" if arguments else "jupyterlab"]


def test_an_environment_that_was_interrupted_before_it_had_pip_gets_it(clone, monkeypatch, became, ran):
    inside_venv(monkeypatch, clone)
    with_missing(monkeypatch, [WRONG])

    def no_pip(words, **_):
        ran.append(words)
        return subprocess.CompletedProcess(words, 1, "", "No module named pip")

    monkeypatch.setattr(subprocess, "run", no_pip)
    command.main(["test"])
    assert ran[1:] == [
        [sys.executable, "-m", "ensurepip", "--upgrade"],
        [sys.executable, "-m", "pip", "install", "-e", ".[test]"],
    ]


def test_pip_that_fails_says_that_nothing_is_lost_how_to_go_on_and_how_to_name_a_proxy(clone, monkeypatch, became, ran):
    inside_venv(monkeypatch, clone)
    with_missing(monkeypatch, [WRONG])
    monkeypatch.setattr(course_venv, "run_to_end", lambda words: 1)
    with pytest.raises(SystemExit) as stopped:
        command.main(["test"])
    for words in ("pip ended with code 1", "Nothing is lost", "-m kevent_sim test\n", "global.proxy http://HOST:PORT"):
        assert words in str(stopped.value)
    assert became == []


def test_pip_that_claims_success_is_checked_and_not_run_for_ever(clone, monkeypatch, became, ran):
    inside_venv(monkeypatch, clone)
    with_missing(monkeypatch, [WRONG], [WRONG])
    with pytest.raises(SystemExit, match=r"and yet:\n\[FAIL\] pandas is missing"):
        command.main([])
    assert became == []


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_debian_without_venv_is_told_the_package(clone, monkeypatch, ran, module):
    found = course_venv.util.find_spec
    monkeypatch.setattr(course_venv.util, "find_spec", lambda name: None if name == module else found(name))
    with_missing(monkeypatch, [WRONG])
    with pytest.raises(SystemExit, match=f"its module {module} is missing[^!]*apt install python3-venv"):
        command.main([])
    assert not any("venv" in words for words in ran)


def test_an_environment_that_cannot_be_made_says_so(clone, monkeypatch):
    with_missing(monkeypatch, [WRONG])
    monkeypatch.setattr(course_venv, "works", lambda root: False)
    monkeypatch.setattr(subprocess, "run", lambda words, **_: subprocess.CompletedProcess(words, 1, "", ""))
    with pytest.raises(SystemExit, match="could not be made"):
        command.main([])


def test_check_outside_the_environment_looks_inside_it(clone, monkeypatch, became):
    with_missing(monkeypatch, [WRONG])
    monkeypatch.setattr(course_venv, "works", lambda root: True)
    assert command.main(["check"]) == 0
    assert became == [[str(course_venv.interpreter(clone)), "-m", "kevent_sim", "check"]]


def test_check_installs_nothing(clone, monkeypatch, became, ran, capsys):
    with_missing(monkeypatch, [WRONG])
    monkeypatch.setattr(setup_check, "parts", lambda root, version: [WRONG])
    assert command.main(["check"]) == 1
    assert became == []
    assert not any("install" in words or "venv" in words for words in ran)


# Slides


def test_slides_are_written_where_one_is_and_not_where_the_clone_is(clone, monkeypatch, became):
    with_missing(monkeypatch)
    (clone / "elsewhere").mkdir()
    monkeypatch.chdir(clone / "elsewhere")
    assert command.main(["slides", "talk"]) == 0
    assert became == [[sys.executable, "-m", "kevent_sim.course.slides", str(clone / "elsewhere" / "talk")]]


def test_slides_set_up_the_course_first_and_go_on_with_the_same_folder(clone, monkeypatch, became, ran):
    with_missing(monkeypatch, [WRONG])
    command.main(["slides", "talk"])
    assert became == [[str(course_venv.interpreter(clone)), "-m", "kevent_sim", "slides", str(clone / "talk")]]


def test_slides_without_a_folder_are_told_that_one_is_needed(capsys):
    with pytest.raises(SystemExit):
        command.main(["slides"])
    assert "the following arguments are required: FOLDER" in capsys.readouterr().err


# JupyterLab


@pytest.fixture
def ready(clone, monkeypatch):
    with_missing(monkeypatch)
    monkeypatch.setattr(setup_check, "parts", lambda root, version: [OK])
    monkeypatch.setattr(setup_check, "has_browser", lambda: True)
    return clone


def test_the_course_opens_on_its_first_notebook(ready, became):
    assert command.main([]) == 0
    assert became[0][:5] == [
        sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={ready / 'kevent-course'}",
        "--LabApp.default_url=/lab/tree/00_start_here.ipynb",
    ]  # fmt: skip
    assert "--no-browser" not in became[0]


def test_a_part_that_fails_keeps_the_course_shut(ready, monkeypatch, became, capsys):
    monkeypatch.setattr(setup_check, "parts", lambda root, version: [OK, WRONG])
    with pytest.raises(SystemExit, match=r"Type what the \[FAIL\] lines say"):
        command.main([])
    assert became == []
    assert str(WRONG) in capsys.readouterr().out


def test_no_browser_and_port_are_passed_on(ready, monkeypatch, became):
    monkeypatch.setattr(course_lab, "port_problem", lambda port: "")
    command.main(["--no-browser", "--port", "8899"])
    assert {"--no-browser", "--port=8899", "--ServerApp.port_retries=0"} <= set(became[0])


def test_where_there_is_no_browser_the_address_is_to_be_opened(ready, monkeypatch, became, capsys):
    monkeypatch.setattr(setup_check, "has_browser", lambda: False)
    command.main([])
    assert "open the address that JupyterLab prints" in capsys.readouterr().out
    assert "--no-browser" in became[0]


def test_a_port_that_is_taken_says_which_to_type(ready, became):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(SystemExit, match=rf"Port {port} cannot be used: [^!]*-m kevent_sim --port \d+\nor none"):
            command.main(["--port", str(port)])
    assert became == []
    assert course_lab.port_problem(port) == ""


@pytest.mark.parametrize("port", ["0", "65536", "-1", "lab", "8899.5"])
def test_what_is_no_port_is_refused(port, capsys):
    with pytest.raises(SystemExit):
        command.main([f"--port={port}"])
    assert "one is a number from 1 to 65535" in capsys.readouterr().err


# Demo and help


def test_the_demo_is_three_rows_and_three_lines_that_repeat_them(capsys):
    command.demo(FileCount=3, WriteCount=2)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[1:4]] == [
        [run.driver, run.verdict, str(len(run.files("C:\\Temp"))), str(len(run.files("C:\\Temp2")))]
        for run in small_runs()
    ]
    replays = [line for line in lines if line.startswith("ks.run(")]
    names = {driver.__name__.rpartition(".")[2]: driver for driver in (race, synchronization_event, notification_event)}
    again = [eval(line, {"ks": ks, **names}) for line in replays]
    assert [run.outcome for run in again] == [run.outcome for run in small_runs()]


def small_runs():
    policy = ks.Windows(processors=2, seed=0)
    return [ks.run(d, policy, FileCount=3, WriteCount=2) for d in (race, synchronization_event, notification_event)]


def test_the_demo_needs_no_clone_and_runs_at_full_size(tmp_path, monkeypatch):
    monkeypatch.setattr(setup_check, "PACKAGE", tmp_path / "kevent_sim")
    sizes = []
    monkeypatch.setattr(command, "demo", lambda **parameters: sizes.append(parameters))
    assert command.main(["demo"]) == 0
    assert sizes == [{}]


@pytest.mark.parametrize(
    ("arguments", "example"),
    [
        (["--help"], "  python -m kevent_sim --no-browser --port 8899 "),
        (["--help"], "  python -m kevent_sim check "),
        (["--help"], "  python -m kevent_sim demo "),
        (["check", "--help"], "  python -m kevent_sim check\n"),
        (["demo", "--help"], "  python -m kevent_sim demo\n"),
        (["copy", "--help"], "  python -m kevent_sim copy my-course\n"),
        (["slides", "--help"], "  python -m kevent_sim slides talk\n"),
        (["test", "--help"], "  python -m kevent_sim test -q -k race\n"),
        (["run", "--help"], "  python -m kevent_sim run race.c "),
        (["grade", "--help"], "  python -m kevent_sim grade ada.ipynb bob.ipynb --points points.toml\n"),
    ],
)
def test_help_shows_a_line_to_type_for_every_command(capsys, arguments, example):
    with pytest.raises(SystemExit) as stopped:
        command.main(arguments)
    assert stopped.value.code == 0
    assert example in capsys.readouterr().out


def test_the_package_runs_as_a_module_with_the_standard_library_alone():
    answer = subprocess.run(
        [sys.executable, "-S", "-m", "kevent_sim", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.startswith("usage: python -m kevent_sim")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no exec: there the command is waited for")
def test_going_on_as_another_program_passes_on_its_exit_code():
    code = "import sys; from kevent_sim.course.cli import become; become([sys.executable, '-c', 'raise SystemExit(7)'])"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 7


def test_a_command_that_is_waited_for_gives_its_exit_code():
    assert course_venv.run_to_end([sys.executable, "-c", "raise SystemExit(7)"]) == 7


def test_the_news_are_silenced_in_the_clones_own_venv_and_a_learners_setting_is_kept(tmp_path):
    course_venv.silence_news(tmp_path)
    config = tmp_path / "etc" / "jupyter" / "labconfig" / "page_config.json"
    assert json.loads(config.read_text(encoding="utf-8"))["disabledExtensions"]
    config.write_text("{}", encoding="utf-8")
    course_venv.silence_news(tmp_path)
    assert config.read_text(encoding="utf-8") == "{}"
