"""`sweep` makes one frame of many runs, the same whoever makes them: here, threads, processes, a Dask cluster."""

from __future__ import annotations

import linecache
import os
import pickle
import sys
import threading
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial, wraps
from types import SimpleNamespace

import pytest

import kevent_sim as ks
from kevent_sim.ntifs import *
from kevent_sim.runs import sweeps
from kevent_sim.samples import fates, race, synchronization_event, with_movers

POLICIES = [
    *(ks.Random(seed=seed) for seed in range(3)),
    ks.RoundRobin(),
    ks.PCT(seed=2),
    ks.Windows(processors=2, seed=1),
    ks.Replay(ks.run(race, policy=ks.Random(seed=1), FileCount=3, WriteCount=2).schedule),
]
SMALL = {"FileCount": 3, "WriteCount": 2}


# -- a notebook: cells whose text no file holds, in a __main__ that no other process can import ----------------------

CELLS = (
    """\
from typing import NamedTuple
import kevent_sim as ks
from kevent_sim.ntifs import *

PARAMETERS = {"Count": 2}

class SHARED(Structure):
    Done: KEVENT
    Count: ULONG

class Ending(NamedTuple):
    waiting: str
    seen: int

class Lost(Exception):
    def __init__(self, code, words):
        super().__init__(f"{words} ({code})")
""",
    """\
async def Worker(Shared):
    await KeWaitForSingleObject(Shared.Done, Executive, KernelMode, False, None)
    seen.append(Shared.Count)
    status = (
        await KeWaitForSingleObject(Shared.Done, Executive, KernelMode, False, None)
    )
""",
    """\
seen = []

async def DriverEntry(DriverObject, RegistryPath):
    seen.clear()
    Shared = SHARED()
    Shared.Count = registry_parameter(RegistryPath, "Count")
    await KeInitializeEvent(Shared.Done, SynchronizationEvent, False)
    hThread = HANDLE()
    status = await PsCreateSystemThread(hThread, 0, None, None, None, Worker, Shared)
    if status is STATUS_SUCCESS:
        await KeSetEvent(Shared.Done, 0, False)
    return STATUS_SUCCESS

def ending(run):
    return Ending("; ".join(map(str, run.waiting)), sum(seen))

def newest(ready):
    return ready[-1]

def lost(run):
    raise Lost(7, "nobody knows")
""",
)


@pytest.fixture(scope="module")
def notebook():
    space = {"__name__": "__main__"}
    names = [f"<cell {number}>" for number in range(len(CELLS))]
    for name, cell in zip(names, CELLS, strict=True):
        linecache.cache[name] = len(cell), None, cell.splitlines(keepends=True), name
        exec(compile(cell, name, "exec", dont_inherit=True), space)
    yield SimpleNamespace(**space)
    for name in names:
        del linecache.cache[name]


# -- the frame --------------------------------------------------------------------------------------------------------


def test_one_run_is_one_row_in_the_order_of_the_policies():
    frame = ks.sweep(race, (policy for policy in POLICIES), **SMALL)
    runs = [ks.run(race, policy=policy, **SMALL) for policy in POLICIES]
    assert list(frame.columns) == ["policy", "verdict", "outcome", "steps", "replay"]
    assert list(frame.policy) == list(map(repr, POLICIES))
    assert list(frame.verdict) == [run.verdict for run in runs]
    assert list(frame.steps) == [len(run.schedule.choices) for run in runs]
    assert list(frame.replay) == [run.replay for run in runs]


def test_each_line_repeats_its_run():
    frame = ks.sweep(race, [*POLICIES, lambda ready: ready[-1]], outcome=fates, **SMALL)
    again = [eval(line, {"ks": ks, "race": race}) for line in frame.replay]
    assert [fates(run) for run in again] == list(frame.outcome)
    assert [len(run.schedule.choices) for run in again] == list(frame.steps)
    assert frame.outcome.nunique() > 2


def test_an_outcome_of_its_own_counts_the_files_of_each_directory():
    frame = ks.sweep(synchronization_event, [ks.RoundRobin()], **SMALL)
    assert list(frame.outcome) == ["C:\\Temp: 0, C:\\Temp2: 3"]
    volume = ks.Volume(["D:", "D:\\Temp"], {"C:\\pagefile.sys": 8})
    frame = ks.sweep(synchronization_event, [ks.RoundRobin()], volume=volume, **SMALL)
    assert list(frame.outcome) == ["C:\\: 1, D:\\Temp: 0"]


def test_a_policy_is_shown_without_its_address():
    class Mine:
        def __call__(self, ready):
            return ready[0]

    def first(ready):
        return ready[0]

    frame = ks.sweep(race, [first, Mine()], **SMALL)
    assert list(frame.policy) == ["first", f"<{Mine.__module__}.{Mine.__qualname__} object>"]


def test_without_policies_there_are_no_rows():
    assert list(ks.sweep(race, []).columns) == list(sweeps.Row._fields)
    assert len(ks.sweep(race, [])) == 0


# -- whoever makes the runs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [None, fates], ids=["file counts", "fates"])
def test_the_frame_is_the_same_whoever_makes_the_runs(executor, outcome):
    alone = ks.sweep(race, POLICIES, outcome=outcome, **SMALL)
    assert ks.sweep(race, POLICIES, executor, outcome, **SMALL).equals(alone)


@pytest.mark.parametrize(
    ("settings", "verdict"),
    [
        ({"volume": ks.Volume(["C:\\Temp"])}, "completed"),
        ({"max_steps": 30}, "unfinished"),
        ({"stop": True}, "bugcheck"),
    ],
    ids=["volume", "max_steps", "stop"],
)
def test_volume_limit_and_stop_go_with_the_runs(elsewhere, settings, verdict):
    alone = ks.sweep(synchronization_event, POLICIES[:4], **settings, **SMALL)
    assert ks.sweep(synchronization_event, POLICIES[:4], elsewhere, **settings, **SMALL).equals(alone)
    assert set(alone.verdict) == {verdict}


def test_the_runs_are_made_in_other_processes(elsewhere):
    frame = ks.sweep(race, POLICIES, elsewhere, outcome=lambda run: os.getpid(), **SMALL)
    assert os.getpid() not in set(frame.outcome)


def test_a_worker_process_imports_no_pandas(processes):
    def pandas(run):
        import sys

        return "pandas" in sys.modules

    assert not ks.sweep(race, POLICIES, processes, outcome=pandas, **SMALL).outcome.any()


def test_a_driver_and_a_policy_of_a_notebook_travel_with_all_they_share(executor, notebook):
    # PARAMETERS, the cells' lines, a status compared by `is`, a variable that driver and outcome share
    policies = [ks.RoundRobin(), notebook.newest, ks.Random(seed=5)]
    alone = ks.sweep(notebook.DriverEntry, policies, outcome=notebook.ending, Count=40)
    there = ks.sweep(notebook.DriverEntry, policies, executor, outcome=notebook.ending, Count=40)
    assert there.equals(alone)
    assert set(there.verdict) == {"deadlock"}
    assert all(type(ending) is notebook.Ending and ending.seen == 40 for ending in there.outcome)
    assert all("Worker waits for Done" in ending.waiting and "(line 4)" in ending.waiting for ending in there.outcome)


def test_parameters_keep_their_defaults_there(elsewhere, notebook):
    frame = ks.sweep(notebook.DriverEntry, [ks.RoundRobin()], elsewhere, outcome=notebook.ending)
    assert [ending.seen for ending in frame.outcome] == [2]
    assert "Count=2" in frame.replay[0]


def test_parameters_of_a_wrapped_driver_keep_their_defaults_there(elsewhere, notebook):
    entry = notebook.DriverEntry

    @wraps(entry)
    async def wrapped(DriverObject, RegistryPath):
        return await entry(DriverObject, RegistryPath)

    for driver in (wrapped, partial(entry), partial(wrapped)):
        frame = ks.sweep(driver, [ks.RoundRobin()], elsewhere, outcome=notebook.ending)
        assert [ending.seen for ending in frame.outcome] == [2]


def test_a_driver_made_by_a_function_travels(elsewhere):
    driver = with_movers(synchronization_event, 2)
    alone = ks.sweep(driver, POLICIES[:6], **SMALL)
    assert ks.sweep(driver, POLICIES[:6], elsewhere, **SMALL).equals(alone)
    assert set(alone.verdict) == {"deadlock"}


# -- what is refused --------------------------------------------------------------------------------------------------


class Unused(ProcessPoolExecutor):
    """An executor for sweeps that are refused before anything is run."""

    def __init__(self):
        pass

    def submit(self, *_):
        raise AssertionError("nothing is run")


def driver_with(thing):
    async def DriverEntry(DriverObject, RegistryPath):
        assert thing
        return STATUS_SUCCESS

    return DriverEntry


def test_a_driver_that_holds_a_lock_is_refused_with_what_to_do():
    with pytest.raises(
        ks.Misuse, match=r"DriverEntry cannot be sent .*lock.*make that one inside .*; or leave executor"
    ):
        ks.sweep(driver_with(threading.Lock()), POLICIES, Unused())
    assert list(ks.sweep(driver_with(threading.Lock()), [ks.RoundRobin()]).verdict) == ["completed"]


def test_a_driver_that_holds_an_open_file_is_refused_with_what_to_do(tmp_path):
    with (
        open(tmp_path / "log", "w") as log,
        pytest.raises(ks.Misuse, match=r"DriverEntry cannot be sent .* inside the function"),
    ):
        ks.sweep(driver_with(log), POLICIES, Unused())


def test_the_one_that_cannot_be_sent_is_named():
    lock = threading.Lock()

    def guarded(ready):
        return ready[0] if lock else None

    with pytest.raises(ks.Misuse, match=r"^policy guarded cannot be sent"):
        ks.sweep(race, [ks.RoundRobin(), guarded], Unused(), **SMALL)
    with pytest.raises(ks.Misuse, match=r"^outcome cannot be sent"):
        ks.sweep(race, POLICIES, Unused(), outcome=lambda run: lock, **SMALL)


def test_an_outcome_that_cannot_come_back_is_refused_with_what_to_do(elsewhere):
    with pytest.raises(ks.Misuse, match=r"outcome answered a lock, .* let it answer a number, a text, or a tuple"):
        ks.sweep(race, POLICIES, elsewhere, outcome=lambda run: threading.Lock(), **SMALL)


def test_an_executor_that_is_shut_down_is_refused_with_what_to_type():
    with ProcessPoolExecutor(1) as executor:
        pass
    with pytest.raises(ks.Misuse, match=r"the executor can no longer be used: .*shutdown; make another one, .*leave"):
        ks.sweep(race, POLICIES, executor, **SMALL)


def test_without_cloudpickle_other_processes_are_refused_and_threads_work(monkeypatch, threads):
    monkeypatch.setitem(sys.modules, "kevent_sim.runs.pickling", None)
    with pytest.raises(ks.Misuse, match="type:  %pip install cloudpickle  in a cell"):
        ks.sweep(race, POLICIES, Unused(), **SMALL)
    assert ks.sweep(race, POLICIES, threads, **SMALL).equals(ks.sweep(race, POLICIES, **SMALL))


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        (4, r"type:  concurrent\.futures\.ProcessPoolExecutor\(\)"),
        (ThreadPoolExecutor, r"type:  executor=ThreadPoolExecutor\(\)"),
        (SimpleNamespace(get_executor=None), r"type:  executor=client\.get_executor\(\)"),
    ],
    ids=["number", "class", "client"],
)
def test_what_is_no_executor_is_refused_with_what_to_type(wrong, remedy):
    with pytest.raises(TypeError, match=f"executor is a concurrent.futures.Executor, not .*{remedy}"):
        ks.sweep(race, POLICIES, wrong, **SMALL)


@pytest.mark.parametrize("wrong", [ks.RoundRobin(), "RoundRobin", None, ks.Random, [ks.Random], [None], [3]])
def test_what_are_no_policies_is_refused(wrong):
    with pytest.raises(TypeError, match=r"polic(ies|y) is "):
        ks.sweep(race, wrong, Unused(), **SMALL)


def test_what_run_refuses_is_refused_before_anything_is_sent():
    with pytest.raises(ValueError, match="race has no parameter Files"):
        ks.sweep(race, POLICIES, Unused(), Files=3)
    with pytest.raises(ks.Misuse, match=r"type:  ks\.run"):
        ks.sweep(driver_with(1)(None, None), POLICIES, Unused())
    with pytest.raises(TypeError, match="outcome is a function"):
        ks.sweep(race, POLICIES, Unused(), outcome="fates")


# -- errors -----------------------------------------------------------------------------------------------------------


def forgetful(ready):
    if len(ready) > 1:
        raise LookupError("whose turn is it?")


def test_an_error_of_a_run_is_the_learners_own_and_names_the_run(executor):
    for where in (None, executor):
        with pytest.raises(LookupError, match="whose turn is it") as caught:
            ks.sweep(race, [ks.RoundRobin(), forgetful], where, **SMALL)
        assert "This was the run with policy forgetful." in caught.value.__notes__


def test_an_error_from_a_worker_tells_the_line(elsewhere):
    with pytest.raises(LookupError) as caught:
        ks.sweep(race, [forgetful], elsewhere, **SMALL)
    assert 'raise LookupError("whose turn is it?")' in "".join(caught.value.__notes__)


def test_an_error_that_cannot_come_back_as_it_is_comes_back_in_words(elsewhere, notebook):
    with pytest.raises(ks.Misuse, match=r"^Lost: nobody knows \(7\)") as caught:
        ks.sweep(race, POLICIES[:1], elsewhere, outcome=notebook.lost, **SMALL)
    assert 'raise Lost(7, "nobody knows")' in "".join(caught.value.__notes__)


def test_a_driver_whose_file_the_workers_lack_is_refused_with_what_to_do(processes, tmp_path, monkeypatch):
    (tmp_path / "far_away.py").write_text(
        "from kevent_sim.ntifs import *\nasync def DriverEntry(DriverObject, RegistryPath): return STATUS_SUCCESS\n"
    )
    ks.sweep(race, POLICIES, processes, **SMALL)  # the workers have begun, without this folder
    monkeypatch.syspath_prepend(tmp_path)
    import far_away

    with pytest.raises(ks.Misuse, match=r"cannot read what was sent.*far_away.*notebook cell.*upload_file"):
        ks.sweep(far_away, [ks.RoundRobin()], processes)


def test_after_an_error_nothing_more_is_begun():
    class Never(Unused):
        def __init__(self):
            self.futures = []

        def submit(self, work, *arguments):
            future = Future()
            if not self.futures:
                future.set_result(work(*arguments))
            self.futures.append(future)
            return future

    never = Never()
    with pytest.raises(LookupError):
        ks.sweep(race, [forgetful, *POLICIES], never, **SMALL)
    assert all(future.cancelled() for future in never.futures[1:])
    assert len(never.futures) == 1 + len(POLICIES)


# -- statuses in a pickle ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [STATUS_SUCCESS, STATUS_TIMEOUT, STATUS_SHARING_VIOLATION])
def test_a_named_status_comes_out_of_a_pickle_as_itself(status):
    assert pickle.loads(pickle.dumps(status)) is status


def test_a_status_without_a_name_comes_out_of_a_pickle_equal():
    status = NTSTATUS(0xC0001234)
    assert pickle.loads(pickle.dumps(status)) == status
    assert repr(pickle.loads(pickle.dumps(status))) == "NTSTATUS(0xC0001234)"
