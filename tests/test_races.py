"""`races`: what a run leaves to chance, with both lines, and nothing that an event has put in order."""

import inspect
import random
import sys

import pytest
from drivers import started

import kevent_sim as ks
from kevent_sim.ntifs import *
from kevent_sim.samples import notification_event, race, synchronization_event, with_movers

SMALL = {"FileCount": 3, "WriteCount": 2}


def line(driver, text):
    """The number of the first line of a sample that holds a text."""
    return next(at for at, one in enumerate(inspect.getsource(driver).splitlines(), 1) if text in one)


def kinds(run):
    return [(race.kind, race.first.does, race.second.does) for race in ks.races(run)]


class TestTheSamples:
    @pytest.mark.parametrize("policy", [ks.RoundRobin(), ks.Windows(), ks.PCT(seed=1)], ids=repr)
    @pytest.mark.parametrize("driver", [synchronization_event, notification_event])
    def test_a_fix_has_none(self, driver, policy):
        assert ks.races(ks.run(driver, policy=policy, **SMALL)) == ()

    def test_in_the_race_creation_and_open_meet_on_the_name(self):
        found = ks.races(ks.run(race, **SMALL))
        first = found[0]
        assert (first.kind, first.what) == ("name", "C:\\Temp\\file_0.txt")
        assert first.first == ("FileCreationThread", "ZwCreateFile", line(race, "await ZwCreateFile"))
        assert first.second == ("FileMoveThread", "ZwOpenFile", line(race, "await ZwOpenFile"))

    def test_open_and_close_meet_on_the_file_and_it_keeps_its_first_name(self):
        run = ks.run(race, policy=lambda ready: ready[0], **SMALL)
        assert run.files("C:\\Temp2")
        assert ("file", "ZwClose", "ZwOpenFile") in kinds(run)
        assert all(race.what.startswith("C:\\Temp\\") for race in ks.races(run))

    def test_equal_pairs_of_lines_are_told_once_and_counted(self):
        few, many = (ks.races(ks.run(race, policy=lambda ready: ready[0], FileCount=n, WriteCount=1)) for n in (2, 5))
        assert [(race.first, race.second) for race in few] == [(race.first, race.second) for race in many]
        assert [race.times for race in many] == [5 * race.times // 2 for race in few]

    def test_what_it_takes_to_name_them_grows_with_the_run_and_not_with_its_square(self):
        def calls(**parameters):
            made, count = ks.run(race, policy=lambda ready: ready[0], **parameters), 0

            def one_more(frame, event, argument):
                nonlocal count
                count += event in ("call", "c_call")

            before = sys.getprofile()
            sys.setprofile(one_more)
            try:
                found = ks.races(made)
            finally:
                sys.setprofile(before)
            assert "file" in {one.kind for one in found}
            return count

        calls(FileCount=1, WriteCount=1)  # what is kept from now on
        assert calls(FileCount=200, WriteCount=2) < 11 * calls(FileCount=20, WriteCount=2)

    def test_two_waits_for_one_signal_meet_on_the_event(self):
        run = ks.run(with_movers(synchronization_event, 2), FileCount=1, WriteCount=1)
        assert ("event", "KeWaitForSingleObject", "KeWaitForSingleObject") in kinds(run)


async def waits(Shared):
    await KeWaitForSingleObject(Shared.S, Executive, KernelMode, False, None)


async def waits_a_while(Shared):
    await KeWaitForSingleObject(Shared.S, Executive, KernelMode, False, LARGE_INTEGER(-50))


async def sets(Shared):
    await KeSetEvent(Shared.S, 0, False)


async def resets(Shared):
    await KeResetEvent(Shared.S)


async def writes_x(Shared):
    Shared.x = 1
    await KeReadStateEvent(Shared.N)


async def reads_x(Shared):
    await KeReadStateEvent(Shared.N)
    return Shared.x


class TestEdges:
    def test_a_signal_and_a_wait_are_no_race(self):
        for waiter in (waits, waits_a_while):
            for order in ((waiter, sets), (sets, waiter)):
                assert ks.races(ks.run(started(*order))) == ()

    def test_a_signal_and_a_reset_are(self):
        assert kinds(ks.run(started(sets, resets))) == [("event", "KeSetEvent", "KeResetEvent")]

    def test_a_missing_edge_is_told_in_words(self):
        (found,) = ks.races(ks.run(started(sets, resets)))
        assert found.missing.startswith(
            f"no edge leads from line {found.first.line} of sets to line {found.second.line}"
        )
        assert found.missing in repr(ks.races(ks.run(started(sets, resets))))

    def test_a_shared_field_is_a_data_race(self):
        (found,) = ks.races(ks.run(started(writes_x, reads_x)))
        assert (found.kind, found.what) == ("field", "SHARED.x")
        assert found.first == ("writes_x", "writes", inspect.getsourcelines(writes_x)[1] + 1)
        assert found.second == ("reads_x", "reads", inspect.getsourcelines(reads_x)[1] + 2)

    def test_a_wait_that_found_the_signal_is_after_what_came_before_it(self):
        async def first(Shared):
            Shared.x = 1
            await KeSetEvent(Shared.S, 0, False)

        async def then(Shared):
            await KeWaitForSingleObject(Shared.S, Executive, KernelMode, False, None)
            Shared.x = 2

        for order in ((first, then), (then, first)):
            assert ks.races(ks.run(started(*order))) == ()

    def test_no_race_says_so(self):
        assert repr(ks.races(ks.run(started(waits, sets)))).startswith("no race")


class TestWhatCannotBeAsked:
    def test_something_that_is_no_run(self):
        with pytest.raises(TypeError, match=r"ks.races\(ks.run"):
            ks.races(race)

    def test_a_driver_that_does_something_else_when_repeated(self, monkeypatch):
        """It counts in a library's module, which no load makes afresh."""
        monkeypatch.setattr(random, "seen", [], raising=False)

        async def remembers(Shared):
            random.seen.append(1)
            for _ in random.seen:
                await KeSetEvent(Shared.S, 0, False)

        with pytest.raises(ValueError, match="something else"):
            ks.races(ks.run(started(remembers)))
