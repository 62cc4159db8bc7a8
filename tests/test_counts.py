"""Every order of creator and mover, one by one: how many there are, and what becomes of the files.

The enumeration is as naive as can be: run, then run again with the last choice that had an alternative changed. The
System thread goes first until it is done, and a thread that stands before its exit exits at once, so that what is
counted are the complete interleavings of the two programs. The expected counts were derived on paper.
"""

from collections import Counter

import pytest
from sizes import size

import kevent_sim as ks
from kevent_sim.samples import fates, notification_event, race, synchronization_event


class Orders:
    """Iterate over the runs of a driver, one for each order of its two threads."""

    def __init__(self, driver, **parameters):
        self.driver, self.parameters = driver, parameters
        self.taken = []  # [which of the ready threads, of how many], a choice each

    def __iter__(self):
        more = True
        while more:
            self.met = 0
            yield ks.run(self.driver, policy=self.choose, **self.parameters)
            while self.taken and self.taken[-1][0] == self.taken[-1][1] - 1:
                self.taken.pop()
            more = bool(self.taken)
            if more:
                self.taken[-1][0] += 1

    def choose(self, ready):
        for thread in ready:
            if thread.number == 0 or thread.call[0].name == "PsTerminateSystemThread":
                return thread
        if self.met == len(self.taken):
            self.taken.append([0, len(ready)])
        which, _ = self.taken[self.met]
        self.met += 1
        return ready[which]


def counted(text: str) -> dict[str, int]:
    return {word.rstrip("0123456789"): int(word.lstrip("ABC")) for word in text.split()}


FATES = {
    (1, 0): "A1 B1 C1",
    (1, 1): "A1 B2 C1",
    (1, 2): "A1 B3 C1",
    (1, 100): "A1 B101 C1",
    (2, 0): "AA3 AB1 AC1 BA2 BB1 BC1 CA1 CB4 CC10",
    (2, 1): "AA4 AB2 AC1 BA5 BB4 BC2 CA1 CB14 CC20",
    (2, 2): "AA5 AB3 AC1 BA9 BB9 BC3 CA1 CB34 CC35",
    (3, 1): "AAA22 AAB8 AAC4 ABA5 ABB4 ABC2 ACA1 ACB14 ACC20 BAA24 BAB10 BAC5 BBA10 BBB8 BBC4 BCA2 BCB28 BCC40 "
    "CAA4 CAB2 CAC1 CBA32 CBB28 CBC14 CCA20 CCB376 CCC662",
}
SCHEDULES = {
    (1, 0): 3, (1, 1): 4, (1, 2): 5, (1, 100): 103, (2, 0): 24, (2, 1): 53, (2, 2): 100,
    (3, 0): 303, (3, 1): 1350, (3, 2): 4571,
}  # fmt: skip
SMALL = [(1, 1), (2, 0), (2, 1), (2, 2), (3, 1)]


@pytest.mark.parametrize(("files", "writes"), list(SCHEDULES)[: size(9, 10)])
def test_the_race_has_so_many_orders_and_each_fate_so_many_of_them(files, writes):
    counts = Counter(fates(run) for run in Orders(race, FileCount=files, WriteCount=writes))
    assert counts.total() == SCHEDULES[files, writes]
    assert len(counts) == 3**files, "every subset of the files can be the moved one"
    if (files, writes) in FATES:
        assert counts == counted(FATES[files, writes])


def test_no_two_orders_have_the_same_schedule():
    schedules = [run.schedule.choices for run in Orders(race, FileCount=2, WriteCount=1)]
    assert len(set(schedules)) == len(schedules) == 53


def test_the_race_moves_complete_files_and_loses_none_in_any_order():
    for run in Orders(race, FileCount=2, WriteCount=2):
        fate = fates(run)
        assert run.verdict == "completed"
        assert run.files("C:\\Temp2") == {f"NewFile_{i}.txt": 30 for i in range(2) if fate[i] == "C"}
        assert run.files("C:\\Temp") == {f"file_{i}.txt": 30 for i in range(2) if fate[i] != "C"}


@pytest.mark.parametrize("driver", [synchronization_event, notification_event], ids=["synchronization", "notification"])
@pytest.mark.parametrize(("files", "writes"), SMALL)
def test_an_event_moves_every_file_in_every_order(driver, files, writes):
    moved = {f"NewFile_{i}.txt": 15 * writes for i in range(files)}
    for run in Orders(driver, FileCount=files, WriteCount=writes):
        assert (run.verdict, fates(run)) == ("completed", "C" * files)
        assert (run.files("C:\\Temp"), run.files("C:\\Temp2")) == ({}, moved)
