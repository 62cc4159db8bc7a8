"""What things cost, side by side in one run, on CPU time:  python tools/benchmarks/compare.py [ROUNDS]

The rounds of all candidates are interleaved and the smallest time of each counts: take the ratios, not the absolutes.
SimPy comes with the extra `benchmark`:  python -m pip install -e ".[benchmark]"
"""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import kevent_sim as ks
from kevent_sim import ntifs as nt
from kevent_sim.samples import race, synchronization_event

FILES, WRITES = 1000, 100
OPERATIONS = FILES * (WRITES + 2) + 3 * FILES
LINE = b"Hello, World!\r\n"


def simulated(policy: Any) -> Callable[[], Any]:
    return lambda: ks.run(synchronization_event, policy=policy, FileCount=FILES, WriteCount=WRITES)


def simpy_twin() -> list[tuple[float, str, str, int]]:
    """The same operations as SimPy processes, each noted in a list."""
    import simpy

    environment = simpy.Environment()
    created, trace = environment.event(), []

    def operation(thread: str, what: str, i: int) -> Any:
        trace.append((environment.now, thread, what, i))
        return environment.timeout(1)

    def creator() -> Any:
        for i in range(FILES):
            yield operation("creator", "create", i)
            for _ in range(WRITES):
                yield operation("creator", "write", i)
            yield operation("creator", "close", i)
        created.succeed()

    def mover() -> Any:
        yield created
        for i in range(FILES):
            yield operation("mover", "open", i)
            yield operation("mover", "rename", i)
            yield operation("mover", "close", i)

    environment.process(creator())
    environment.process(mover())
    environment.run()
    assert len(trace) == OPERATIONS
    return trace


def simpy_twin_of_the_same_work() -> list[tuple[float, str, str, int, int, Any]]:
    """As much as a run here: each row has time, thread, routine, line, status and object, and the disk is the same."""
    import simpy

    environment = simpy.Environment()
    created, disk = environment.event(), ks.Volume()
    trace: list[tuple[float, str, str, int, int, Any]] = []

    def operation(thread: str, what: str, status: int, file: Any) -> Any:
        trace.append((environment.now, thread, what, sys._getframe(1).f_lineno, status, file))
        return environment.timeout(1)

    def creator() -> Any:
        for i in range(FILES):
            name = f"\\DosDevices\\C:\\Temp\\file_{i}.txt"
            status, _, opened = disk.create(
                name, nt.GENERIC_WRITE, 0, nt.FILE_OVERWRITE_IF, nt.FILE_SYNCHRONOUS_IO_NONALERT, 0
            )
            yield operation("FileCreationThread", "ZwCreateFile", status, opened.file)
            for _ in range(WRITES):
                yield operation("FileCreationThread", "ZwWriteFile", opened.write(LINE), opened.file)
            disk.close(opened)
            yield operation("FileCreationThread", "ZwClose", 0, opened.file)
        created.succeed()

    def mover() -> Any:
        yield created
        for i in range(FILES):
            name = f"\\DosDevices\\C:\\Temp\\file_{i}.txt"
            status, _, opened = disk.create(
                name, nt.FILE_ALL_ACCESS, nt.FILE_SHARE_READ, nt.FILE_OPEN, nt.FILE_SYNCHRONOUS_IO_NONALERT, 0
            )
            yield operation("FileMoveThread", "ZwOpenFile", status, opened.file)
            status = disk.rename(opened, f"\\DosDevices\\C:\\Temp2\\NewFile_{i}.txt", True)
            yield operation("FileMoveThread", "ZwSetInformationFile", status, opened.file)
            disk.close(opened)
            yield operation("FileMoveThread", "ZwClose", 0, opened.file)

    environment.process(creator())
    environment.process(mover())
    environment.run()
    assert len(trace) == OPERATIONS
    assert disk.files("C:\\Temp2") == {f"NewFile_{i}.txt": WRITES * len(LINE) for i in range(FILES)}
    return trace


def real_threads() -> None:
    """The real thing: two threads, an event, and files in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        here, there = Path(folder, "Temp"), Path(folder, "Temp2")
        here.mkdir()
        there.mkdir()
        created = threading.Event()

        def creator() -> None:
            for i in range(FILES):
                with open(here / f"file_{i}.txt", "wb", buffering=0) as file:
                    for _ in range(WRITES):
                        file.write(LINE)
            created.set()

        def mover() -> None:
            created.wait()
            for i in range(FILES):
                (here / f"file_{i}.txt").replace(there / f"NewFile_{i}.txt")

        threads = [threading.Thread(target=creator), threading.Thread(target=mover)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(list(there.iterdir())) == FILES


def spent(candidate: Callable[[], Any]) -> float:
    gc.collect()
    start = process_time()
    candidate()
    return process_time() - start


def import_time(module: str) -> float:
    """CPU seconds for an import in a fresh interpreter; nan where it cannot be imported."""
    code = f"import time; start = time.process_time(); import {module}; print(time.process_time() - start)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout or "nan")


def main(rounds: int) -> None:
    candidates: dict[str, Callable[[], Any]] = {
        "SimPy with a trace list": simpy_twin,
        "SimPy twin of the same work": simpy_twin_of_the_same_work,
        "kevent_sim, RoundRobin": simulated(ks.RoundRobin()),
        "kevent_sim, Windows": simulated(ks.Windows()),
        "real threads and files": real_threads,
    }
    best = dict.fromkeys(candidates, float("inf"))
    for _ in range(rounds):
        for name, candidate in candidates.items():
            best[name] = min(best[name], spent(candidate))
    print(f"synchronization_event, {FILES} x {WRITES} = {OPERATIONS} operations, smallest of {rounds} rounds, CPU time")
    print(f"{'':28}{'':19}{'bare SimPy':>19}{'its twin':>10}")
    for name, seconds in best.items():
        bare, twin = (best[other] / seconds for other in list(best)[:2])
        each = seconds / OPERATIONS * 1e9
        print(f"  {name:28}{seconds * 1e3:8.1f} ms {each:7.0f} ns each   x {bare:5.2f}   x {twin:5.2f}")

    import_ms = min(import_time("kevent_sim") for _ in range(rounds)) * 1e3
    print(f"import kevent_sim           {import_ms:7.1f} ms  (goal 50)")
    runs = [ks.run(driver, policy=ks.Windows()) for driver in (race, synchronization_event) for _ in range(rounds)]
    for driver in (race, synchronization_event):
        mine = [run for run in runs if run.driver == driver.__name__.rpartition(".")[2]]
        seconds = min(spent(lambda run=run: ks.picture(run).png()) for run in mine)
        print(f"picture of {run_name(driver):22}{seconds * 1e3:6.0f} ms  (goal 300)")


def run_name(driver: Any) -> str:
    return str(driver.__name__.rpartition(".")[2])


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 5)
