"""The article's own size, 1000 files of 100 writes: what its screenshots show, and what was measured.

A full run takes a third of a second, so they are spread over the processors, and where only the fates are asked for
a run ends when the mover is done.
"""

import json
import multiprocessing
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random

import pytest
from sizes import size

import kevent_sim as ks
from kevent_sim.ntifs import *
from kevent_sim.runs.windows import DURATIONS
from kevent_sim.samples import fates, notification_event, race, synchronization_event

SAMPLES = {"race": race, "synchronization_event": synchronization_event, "notification_event": notification_event}
SEEDS = range(size(2, 20))
MEASURED = json.loads((Path(__file__).parent / "data" / "race_summary.json").read_text(encoding="utf-8"))

PARAMETERS = {"FileCount": 1000, "WriteCount": 100, "MoverDelay": 0}


class DELAYED(Structure):
    FileCount: ULONG
    WriteCount: ULONG
    MoverDelay: ULONG  # ms


async def LateMoveThread(Parameters):
    await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10_000 * Parameters.MoverDelay))
    await race.FileMoveThread(Parameters)


async def DriverEntry(DriverObject, RegistryPath):
    """The article's race, its mover delayed."""
    Parameters = DELAYED()
    Parameters.FileCount = registry_parameter(RegistryPath, "FileCount")
    Parameters.WriteCount = registry_parameter(RegistryPath, "WriteCount")
    Parameters.MoverDelay = registry_parameter(RegistryPath, "MoverDelay")
    for routine in (race.FileCreationThread, LateMoveThread):
        handle = HANDLE()
        await PsCreateSystemThread(handle, 0, None, None, None, routine, Parameters)
        await ZwClose(handle)
    return STATUS_SUCCESS


def sizes_after(sample, seed):
    """What a full run on two processors leaves: the verdict, and the sizes in Temp and in Temp2."""
    run = ks.run(SAMPLES[sample], policy=ks.Windows(processors=2, seed=seed))
    return run.verdict, list(run.files("C:\\Temp").values()), list(run.files("C:\\Temp2").values())


def moved_with(duration):
    """How many files the race moves with one duration in place of its assumption."""
    return whole(fates(ks.run(race, policy=ks.Windows(durations=dict([duration])), max_steps=30_000))).count("C")


def moved_late(delay):
    run = ks.run(DriverEntry, policy=ks.Windows(processors=2, seed=0), MoverDelay=delay)
    return run.verdict, len(run.files("C:\\Temp2"))


def whole(fate: str) -> str:
    assert "?" not in fate, "the run ended before the mover was done"
    return fate


@pytest.fixture(scope="module")
def processors():
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def test_the_race_leaves_nearly_all_files_where_they_were_made(processors):
    for verdict, left, moved in processors.map(sizes_after, ["race"] * len(SEEDS), SEEDS):
        assert verdict == "completed"
        assert left + moved == [1500] * 1000
        assert len(moved) <= 50


@pytest.mark.parametrize("fixed", ["synchronization_event", "notification_event"])
def test_an_event_moves_all_thousand(processors, fixed):
    for outcome in processors.map(sizes_after, [fixed] * len(SEEDS), SEEDS):
        assert outcome == ("completed", [], [1500] * 1000)


def test_no_single_assumed_duration_makes_the_race_what_it_is(processors):
    changed = [(name, ticks) for name, usual in DURATIONS.items() for ticks in (usual // 2, usual * 2)]
    assert len(changed) == 2 * len(DURATIONS) == 26
    tried = changed[:: size(5, 1)]  # of those everyday some are halved, some doubled
    assert max(processors.map(moved_with, tried)) <= 50


def test_a_later_mover_moves_more_as_many_as_were_measured(processors):
    delays = [0, 5, 20, 50, 100, 200, 400][:: size(2, 1)]
    verdicts, moved = zip(*processors.map(moved_late, delays), strict=True)
    assert set(verdicts) == {"completed"}
    assert list(moved) == sorted(moved)
    assert (moved[0], moved[-1]) == (0, 1000)
    measured = {
        case["mover_delay_ms"]: case["moved"]
        for case in MEASURED
        if (case["version"], case["files"], case["writes"]) == (1, 1000, 100) and not case["mover_first"]
    }
    for delay, count in list(zip(delays, moved, strict=True))[1:]:
        assert measured[delay]["min"] <= count <= measured[delay]["max"], delay


def pct_fate(seed: int, steps: int) -> str:
    """The fate string of a full-size PCT run, for as few of its steps as that takes.

    The mover is done soon after the start, or soon after the change point, which is the policy's first draw. Where
    neither holds the run is made in full.
    """
    policy = ks.PCT(depth=2, seed=seed, steps=steps)
    for enough in (3_100, int(Random(seed).random() * steps) + 3_100, 1_000_000):
        fate = fates(ks.run(race, policy=policy, max_steps=enough))
        if "?" not in fate:
            break
    return whole(fate)


def test_pct_of_depth_two_shows_a_quarter_as_many_fates_as_there_are_seeds(processors):
    seeds, at_once = size(8, 200), size(4, 20)
    steps = len(ks.run(race).schedule.choices)
    seen: set[str] = set()
    for first in range(0, seeds, at_once):
        seen.update(processors.map(pct_fate, range(first, min(first + at_once, seeds)), [steps] * at_once))
        if len(seen) >= seeds // 4:  # the other seeds can only add to them
            return
    pytest.fail(f"{len(seen)} fate strings")


@pytest.mark.parametrize(("policy", "bytes_a_step"), [(ks.RoundRobin(), 100), (ks.Windows(), 130)])
def test_what_a_step_takes_of_memory(policy, bytes_a_step):
    """And a column that is read: a reference, and a number where it has its own."""

    def steps_and_bytes(files):
        begun = tracemalloc.get_traced_memory()[0]
        made = ks.run(race, policy=policy, FileCount=files, WriteCount=100)
        kept = tracemalloc.get_traced_memory()[0] - begun
        for name in ("start", "choice"):
            before = tracemalloc.get_traced_memory()[0]
            assert made.columns[name]
            assert tracemalloc.get_traced_memory()[0] - before <= 48 * made.trace.steps
        return made.trace.steps, kept

    tracemalloc.start()
    try:
        (few, small), (many, large) = steps_and_bytes(10), steps_and_bytes(110)
    finally:
        tracemalloc.stop()
    assert (large - small) / (many - few) <= bytes_a_step
