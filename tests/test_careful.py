"""The mended driver: stopped at any moment, on machines that refuse, it ends, and says what failed."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kevent_sim as ks
from kevent_sim import check
from kevent_sim.ntifs import *
from kevent_sim.samples import all_moved, all_moved_or_told, careful, race, synchronization_event, with_fault

SIZE = {"FileCount": 2, "WriteCount": 2}
NO_TARGET, NO_SOURCE = ks.Volume(directories=["C:\\Temp"]), ks.Volume(directories=["C:\\Temp2"])


def refusing(driver, StartRoutine: str):
    return with_fault(driver, "PsCreateSystemThread", STATUS_INSUFFICIENT_RESOURCES, StartRoutine=StartRoutine)


def test_left_alone_it_moves_every_file_in_every_order():
    assert ks.explore(careful, all_moved, **SIZE).verdict == "holds"


def test_at_its_full_size_it_moves_every_file():
    assert all_moved(ks.run(careful))


@pytest.mark.parametrize("FileCount", range(4))
def test_stopped_at_any_moment_it_ends_and_tells(FileCount):
    every = ks.explore(
        careful, all_moved_or_told, stop=True, outcome=lambda run: len(run.files("C:\\Temp2")), FileCount=FileCount,
        WriteCount=1,
    )  # fmt: skip
    assert every.verdict == "holds"
    assert set(every.outcomes) == set(range(FileCount + 1))


def test_stopped_at_any_moment_it_leaves_no_file_half_written():
    def whole(run: ks.Run) -> bool:
        return {*run.files("C:\\Temp").values(), *run.files("C:\\Temp2").values()} <= {15 * SIZE["WriteCount"]}

    assert ks.explore(careful, whole, stop=True, **SIZE).verdict == "holds"


@pytest.mark.parametrize(
    ("thread", "stop"), list(itertools.product(("FileCreationThread", "FileMoveThread"), (False, True)))
)
def test_where_a_thread_cannot_start_the_driver_does_not_start(thread, stop):
    every = ks.explore(refusing(careful, thread), all_moved_or_told, stop=stop, **SIZE)
    assert every.verdict == "holds"
    assert {run.status for run in every.examples.values()} == {STATUS_INSUFFICIENT_RESOURCES}


@pytest.mark.parametrize(
    ("driver", "volume", "told"),
    [
        (careful, NO_TARGET, [STATUS_SUCCESS, STATUS_OBJECT_PATH_NOT_FOUND]),
        (careful, NO_SOURCE, [STATUS_OBJECT_PATH_NOT_FOUND, STATUS_CANCELLED]),
        (with_fault(careful, "ZwWriteFile", STATUS_DISK_FULL), None, [STATUS_DISK_FULL, STATUS_CANCELLED]),
    ],
)
def test_the_first_failure_is_what_a_thread_ends_with(driver, volume, told):
    every = ks.explore(
        driver, all_moved_or_told, volume=volume, outcome=lambda run: list(run.exit_statuses.values()) == told, **SIZE
    )
    assert every.verdict == "holds"
    assert set(every.outcomes) == {True}


@pytest.mark.parametrize("volume", [NO_TARGET, NO_SOURCE])
def test_the_articles_driver_tells_nothing(volume):
    run = ks.run(synchronization_event, volume=volume, **SIZE)
    assert run.status is STATUS_SUCCESS
    assert set(run.exit_statuses.values()) == {STATUS_SUCCESS}
    assert not all_moved_or_told(run)


def test_the_articles_driver_cannot_be_stopped_safely_and_no_preemption_is_needed_to_see_it():
    every = ks.explore(synchronization_event, stop=True, FileCount=1, WriteCount=1)
    codes = {run.bugcheck and run.bugcheck.code for run in every.examples.values()}
    assert (every.verdict, every.preemptions, every.minimal) == ("violated", 0, True)
    assert {finding.run.bugcheck.code for finding in every.findings} == {0xCE, 0xD5}
    assert {None, 0xCE} <= codes


def test_a_refused_creator_leaves_the_articles_mover_waiting_for_ever():
    run = ks.run(refusing(synchronization_event, "FileCreationThread"), **SIZE)
    assert (run.verdict, run.status) == ("deadlock", STATUS_SUCCESS)
    assert [waiting.thread for waiting in run.waiting] == ["FileMoveThread"]


def test_a_fault_is_a_step_like_any_other():
    run = ks.run(refusing(synchronization_event, "FileCreationThread"), **SIZE)
    made = [
        result
        for routine, result in zip(run.columns["routine"], run.columns["result"], strict=True)
        if routine.name == "PsCreateSystemThread"
    ]
    assert made == [STATUS_INSUFFICIENT_RESOURCES, STATUS_SUCCESS]


def test_a_fault_leaves_the_sample_itself_as_it_was():
    with_fault(synchronization_event, "ZwCreateFile", STATUS_UNSUCCESSFUL)
    assert all_moved(ks.run(synchronization_event, **SIZE))


def test_a_fault_of_an_argument_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="ZwWriteFile has no argument Bytes; it has: FileHandle, Event"):
        with_fault(careful, "ZwWriteFile", STATUS_DISK_FULL, Bytes="15")


def test_a_thread_that_returns_ends_with_success_and_one_that_still_runs_has_no_exit_status():
    run = ks.run(race, max_steps=40, FileCount=2, WriteCount=50)
    assert run.exit_statuses == {"FileMoveThread": STATUS_SUCCESS}


def test_holds_judges_a_driver_by_every_order():
    assert check.holds(None, all_moved).grade == "still missing"
    assert check.holds(careful, all_moved_or_told, stop=True, **SIZE).grade == "correct"
    assert check.holds(careful, all_moved, volume=NO_TARGET, **SIZE).grade == "almost"
    verdict = check.holds(race, all_moved, **SIZE)
    assert verdict.grade == "almost"
    assert verdict.shown is not None


def test_a_sample_is_a_driver_among_installed_packages_too(tmp_path):
    """As after `pip install` of the wheel, and in a browser."""
    package = Path(ks.__file__).parent
    shutil.copytree(
        package, tmp_path / "site-packages" / "kevent_sim", ignore=shutil.ignore_patterns("__pycache__", "course")
    )
    code = (
        "import kevent_sim as ks; from kevent_sim.samples import careful; "
        "print(ks.__file__, ks.explore(careful, stop=True, FileCount=1, WriteCount=1).verdict)"
    )
    elsewhere = {**os.environ, "PYTHONPATH": str(tmp_path / "site-packages")}
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=elsewhere, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == [str(tmp_path / "site-packages" / "kevent_sim" / "__init__.py"), "holds"]
