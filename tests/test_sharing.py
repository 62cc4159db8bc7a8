"""Python memory that threads share outside of structures: named where it changes, never `holds`; else not a word."""

import inspect
import random
import sys
import types
from collections import UserList, defaultdict, deque
from enum import IntEnum
from functools import lru_cache, partial
from heapq import merge
from importlib.util import module_from_spec, spec_from_file_location
from itertools import chain, count, permutations, product, tee
from random import Random

import pytest
from counting import Counter, drawn, told
from drivers import SHARED, started
from naive import orders
from sizes import size

import kevent_sim as ks
from kevent_sim import samples
from kevent_sim.ntifs import *
from kevent_sim.orders.ordered import OrderedExecution
from kevent_sim.orders.whose import of_driver
from kevent_sim.runs.machine import alone
from kevent_sim.runs.subject import Subject
from kevent_sim.samples import (
    careful,
    notification_event,
    race,
    semaphore,
    synchronization_event,
    with_movers,
)

SMALL = {"FileCount": 2, "WriteCount": 1}
LIMIT, LOG, TABLE, SOURCE = 0, [], {"a": [1, 2]}, iter(())
NAME = UNICODE_STRING("name")


async def step():
    await KeGetCurrentIrql()


def driver(*routines, contexts=(), before=None, after=None):
    """Start each routine; `before` and `after` are what DriverEntry does then."""

    async def DriverEntry(DriverObject, RegistryPath):
        if before is not None:
            before()
        given = iter(contexts)
        for routine in routines:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, next(given, None))
        if after is not None:
            after()
        await step()
        return STATUS_SUCCESS

    return DriverEntry


def shared(*arguments, **options):
    """The texts of what `explore` says of shared memory; whether it holds agrees with that."""
    every = ks.explore(driver(*arguments, **options))
    told = [finding.text for finding in every.findings if finding.kind == "shared memory"]
    assert every.verdict == ("inconclusive" if told else "holds"), every
    return told


def names(*arguments, **options):
    return [text.partition(" (")[0] for text in shared(*arguments, **options)]


def line(function, text):
    lines, first = inspect.getsourcelines(function)
    return first + next(at for at, one in enumerate(lines) if text in one)


class Slotted:
    __slots__ = ("count",)

    def __init__(self):
        self.count = 0


class QUEUE(Structure):
    queue: list
    count: ULONG
    item: PVOID


def thread(change, name="Worker"):
    """A start routine that makes a change between two calls."""

    async def Worker(Context):
        await step()
        change(Context)
        await step()

    Worker.__name__ = name
    return Worker


def rebinds():
    global LIMIT
    LIMIT += 1


def reads(Context):
    return LIMIT


def assigns(value):
    match value:
        case HANDLE():
            value.value = 1
        case PVOID():
            value.Object = 1
        case DEVICE_OBJECT():
            value.DeviceExtension = 1
        case DRIVER_OBJECT():
            value.log = 1


def hides(value):
    value._hidden = 1


def nothing(Context):
    pass


def appends(Context):
    Context.append(1)


class HANDED(Structure):
    S: KEVENT
    queue: list


def handing(*routines):
    """A driver that starts these as threads, with one HANDED structure."""

    async def DriverEntry(DriverObject, RegistryPath):
        Shared = HANDED()
        await KeInitializeEvent(Shared.S, SynchronizationEvent, False)
        for routine in routines:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, Shared)
        return STATUS_SUCCESS

    return DriverEntry


DRIVER_FILE = """
from kevent_sim.ntifs import *

class Counted:
    __slots__ = ("n",)
    total = 0

KEPT, ONE = [0], Counted()
ONE.n = 0

def bump():
    KEPT[0] += 1

async def A(_):
    await KeGetCurrentIrql()
    {}
    await KeGetCurrentIrql()

async def B(_):
    await KeGetCurrentIrql()
    return Counted.total, KEPT[0], ONE.n

async def DriverEntry(DriverObject, RegistryPath):
    for routine in ({}):
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, None)
    return STATUS_SUCCESS
"""

# -- what is found -----------------------------------------------------------------------------------------------------


class TestAChangeOfWhatThreadsShareNeverHolds:
    def test_a_closures_dict(self):
        state = {}

        async def Worker(_):
            state["in"] += 1
            await step()
            if state["in"] == 2:
                await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-1))
            state["in"] -= 1

        every = ks.explore(driver(Worker, Worker, before=lambda: state.update({"in": 0})))
        assert (every.verdict, every.reason) == (
            "inconclusive", "shared memory: who reads and writes what is in no Structure is not seen"
        )  # fmt: skip
        first, creation = line(Worker, 'state["in"] == 2'), line(driver, "PsCreateSystemThread")
        assert [finding.text for finding in every.findings] == [
            f"state (Worker, line {first}) is memory that System or Worker #2 changes after line {creation} and Worker "
            "can use, unseen: put it into fields of a Structure, such as  class SHARED(Structure): Count: ULONG"
        ]
        assert "shared memory: state (Worker" in repr(every)

    def test_it_is_named_where_it_cannot_be_put_back_for_the_next_run(self):
        state = count()

        async def Worker(_):
            await step()
            if next(state):
                await step()

        every = ks.explore(driver(Worker, Worker))
        assert (every.verdict, "every run is a fresh load" in every.reason) == ("inconclusive", True)
        assert every.findings[0].text.startswith("state ")

    def test_it_is_named_where_only_the_very_first_run_changes_it(self):
        flag = [False]

        def sets(_):
            flag[0] = True

        assert names(thread(sets), thread(lambda _: flag[0])) == ["flag"]

    def test_a_bad_run_is_still_a_violation_and_the_reason(self):
        state = []

        async def Worker(Shared):
            await step()
            state.append(1)
            await KeWaitForSingleObject(Shared.S, Executive, KernelMode, False, None)

        every = ks.explore(started(Worker, Worker))
        assert (every.verdict, "waits for S" in every.reason) == ("violated", True)
        assert {finding.kind for finding in every.findings} == {"deadlock", "shared memory"}

    @pytest.mark.parametrize(
        ("make", "change"),
        [
            (dict, lambda value: value.update(a=1)),
            (list, lambda value: value.append(1)),
            (lambda: [0], lambda value: value.__setitem__(0, value[0] + 1)),
            (set, lambda value: value.add(1)),
            (deque, lambda value: value.append(1)),
            (lambda: deque([1, 2]), lambda value: value.rotate()),
            (lambda: bytearray(2), lambda value: value.__setitem__(0, 1)),
            (lambda: defaultdict(int), lambda value: value["a"]),
            (lambda: ([],), lambda value: value[0].append(1)),
            (lambda: {"a": {"b": []}}, lambda value: value["a"]["b"].append(1)),
            (lambda: frozenset([Counter()]), lambda value: next(iter(value)).add()),
            (Counter, lambda value: value.add()),
            (Slotted, lambda value: setattr(value, "count", 1)),
            (lambda: types.SimpleNamespace(n=0), lambda value: setattr(value, "n", 1)),
            (lambda: Random(1), lambda value: value.random()),
            (lambda: iter([1, 2, 3]), lambda value: next(value, None)),
            (count, next),
            (lambda: (n for n in range(9)), lambda value: next(value, None)),
            (lambda: UNICODE_STRING("a"), lambda value: RtlInitUnicodeString(value, "b")),
            (IO_STATUS_BLOCK, lambda value: setattr(value, "Information", 1)),
            (LARGE_INTEGER, lambda value: setattr(value, "QuadPart", -1)),
            (KIRQL, lambda value: setattr(value, "value", 1)),
            (OBJECT_ATTRIBUTES, lambda value: setattr(value, "Attributes", 1)),
            (FILE_RENAME_INFORMATION, lambda value: setattr(value, "FileName", "a")),
            (HANDLE, assigns),
            (PVOID, assigns),
            (DEVICE_OBJECT, assigns),
            (DRIVER_OBJECT, assigns),
            (QUEUE, lambda value: value.queue.append(1)),
            (QUEUE, hides),
            (lambda: lru_cache(lambda: LOG), lambda value: value().append(1)),
            (lambda: [].append, lambda value: value(1)),
            (lambda: partial(appends, []), lambda value: value()),
            (lambda: types.MappingProxyType({"a": []}), lambda value: value["a"].append(1)),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("way", ["context", "closure", "default", "keyword"])
    def test_whatever_it_is_and_however_they_come_by_it(self, make, change, way):
        def worker(change, name, value):
            if way == "context":
                return thread(change, name)

            async def closure(_):
                await step()
                change(value)
                await step()

            async def default(_, value=value):
                await step()
                change(value)
                await step()

            async def keyword(_, *, value=value):
                await step()
                change(value)
                await step()

            return {"closure": closure, "default": default, "keyword": keyword}[way]

        for others in (change, lambda value: None):
            LOG.clear()
            value = make()
            assert names(worker(others, "A", value), worker(change, "B", value), contexts=[value, value])

    def test_a_global_that_is_rebound_by_a_helper(self):
        routine = thread(lambda Context: rebinds())
        assert shared(thread(reads, "Reader"), routine) == [
            f"LIMIT (reads, line {line(reads, 'return LIMIT')}) is memory that Worker changes after line "
            f"{line(step, 'await')} and System and Reader can use, unseen: put it into fields of a Structure, such as  "
            "class SHARED(Structure): Count: ULONG"
        ]

    def test_a_variable_of_the_function_around(self):
        def around():
            total = 0

            async def Adds(_):
                nonlocal total
                await step()
                total += 1
                await step()

            async def Reads(_):
                await step()
                return total

            return Adds, Reads

        Adds, Reads = around()
        assert [text[: text.index(":")] for text in shared(Adds, Reads)] == [
            f"total (Adds, line {line(Adds, 'total += 1')}) is memory that Adds changes after line "
            f"{line(step, 'await')} and System and Reads can use, unseen"
        ]

    def test_a_mutable_default_that_is_no_argument(self):
        def note(seen=[]):  # noqa: B006
            seen.append(1)

        def note_too(*, noted=[]):  # noqa: B006
            noted.append(1)

        assert names(thread(lambda _: note()), thread(lambda _: note())) == ["seen"]
        assert names(thread(lambda _: note_too()), thread(lambda _: note_too())) == ["noted"]

    def test_a_list_of_driver_entrys_own_as_context(self):
        async def DriverEntry(DriverObject, RegistryPath):
            mine = []
            for _ in range(2):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, thread(appends), mine)
            return STATUS_SUCCESS

        every = ks.explore(DriverEntry)
        assert (every.verdict, every.findings[0].text[:8]) == ("inconclusive", "Context ")

    def test_a_context_that_goes_through_a_helper_of_driver_entrys(self):
        async def create(what, context):
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, what, context)

        async def DriverEntry(DriverObject, RegistryPath):
            mine = [[]]
            await create(thread(lambda Context: Context[0].append(1)), mine)
            await create(thread(lambda Context: Context[0]), mine)
            return STATUS_SUCCESS

        every = ks.explore(DriverEntry)
        assert (every.verdict, every.findings[0].text[:11]) == ("inconclusive", "Context[0] ")

    def test_an_attribute_of_a_class(self):
        for change in (
            lambda _: Counter.add_up(),
            lambda _: setattr(Counter, "total", Counter.total + 1),
            lambda Context: setattr(type(Context), "total", Context.total + 1),
        ):
            value = Counter()
            for other in (change, lambda Context: Context.total):
                assert names(thread(change), thread(other), contexts=[value, value]) == ["Counter"]

    def test_an_attribute_of_a_class_that_is_named_or_reached_by_a_method_alone(self):
        class Plain:
            total = 0

        class Own:
            total = 0

            @classmethod
            def add_up(cls):
                cls.total += 1

        def named(_):
            Plain.total += 1

        assert names(thread(named), thread(lambda _: Plain.total)) == ["Plain"]
        own = Own()
        assert names(thread(lambda _: own.add_up()), thread(lambda _: own.total)) == ["Own"]

    def test_a_global_that_a_function_within_rebinds(self):
        async def Worker(_):
            await step()

            def more():
                global LIMIT
                LIMIT += 1

            more()
            await step()

        assert names(Worker, thread(reads)) == ["LIMIT"]

    def test_an_attribute_of_a_function(self):
        def helper():
            return vars(helper)

        def change(_):
            helper.calls = helper.__dict__.get("calls", 0) + 1

        assert set(names(thread(change), thread(lambda _: helper()))) == {"helper", ".__dict__", "vars"}

    def test_the_object_of_a_bound_method(self):
        value = Counter()
        assert names(value.work, value.work) == ["self"]

    def test_an_argument_bound_beforehand(self):
        async def Worker(mine, _):
            await step()
            mine.append(1)
            await step()

        bound = partial(Worker, [])
        bound.__name__ = "Worker"
        assert names(bound, bound) == ["mine"]

    def test_a_value_that_is_changed_and_changed_back(self):
        inside = [0]

        async def Worker(_):
            await step()
            inside[0] += 1
            await step()
            inside[0] -= 1
            await step()

        async def Looks(_):
            await step()
            return inside[0]

        assert names(Worker, Looks) == ["inside"]
        assert names(Looks, Worker) == ["inside"]

    def test_what_driver_entry_changes_when_a_thread_exists(self):
        limit = [1]
        # At once: no step is between the creation and the change.
        assert shared(thread(lambda _: limit[0]), after=lambda: limit.append(1)) == []

        async def DriverEntry(DriverObject, RegistryPath):
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, thread(lambda _: limit[0]), None)
            await step()
            limit.append(1)
            await step()
            return STATUS_SUCCESS

        every = ks.explore(DriverEntry)
        assert (every.verdict, "limit " in every.findings[0].text) == ("inconclusive", True)
        assert "System changes" in every.findings[0].text

    def test_what_driver_entry_only_reads_when_a_thread_exists(self):
        log = []

        async def DriverEntry(DriverObject, RegistryPath):
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, thread(lambda _: log.append(1)), None)
            await step()
            if len(log) > 100:
                await step()
            return STATUS_SUCCESS

        assert [finding.kind for finding in ks.explore(DriverEntry).findings] == ["shared memory"]

    def test_what_driver_unload_reads(self):
        log = []

        async def DriverUnload(DriverObject):
            await step()
            return len(log)

        async def DriverEntry(DriverObject, RegistryPath):
            DriverObject.DriverUnload = DriverUnload
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, thread(lambda _: log.append(1)), None)
            await step()
            return STATUS_SUCCESS

        for stop in (True, False):
            found = {finding.kind for finding in ks.explore(DriverEntry, stop=stop).findings}
            assert ("shared memory" in found) == stop

    def test_whoever_ends_first(self):
        """An equivalent order has the reader end after the change: that it has ended before it here proves nothing."""
        log = []
        for order in product((lambda _: len(log), lambda _: log.append(1)), repeat=2):
            if order[0] is not order[1]:
                assert names(*map(thread, order)) == ["log"]

    def test_a_loop_that_holds_nothing_but_an_iterator_of_it(self):
        def around(values):
            async def Walks(_):
                for _ in values:
                    await step()

            return Walks

        values = []

        def before():
            values[:] = 1, 2

        assert names(around(values), thread(lambda _: values.append(3)), before=before) == ["values"]

    @pytest.mark.parametrize(
        "walk",
        [
            lambda jobs: iter(jobs.values()),
            lambda jobs: (job for _, job in jobs.items()),
            lambda jobs: (job for _, job in enumerate(jobs.values())),
            lambda jobs: iter(set(jobs.values())),
            lambda jobs: iter(deque(jobs.values())),
            lambda jobs: reversed([*jobs.values()]),
            lambda jobs: reversed((*jobs.values(),)),
            lambda jobs: reversed(jobs.values()),
            lambda jobs: tee(jobs.values())[0],
            lambda jobs: (one for one, *_ in product(jobs.values(), repeat=2)),
            lambda jobs: (one for one, *_ in permutations(jobs.values())),
            lambda jobs: chain([], filter(None, jobs.values())),
            lambda jobs: iter(UserList(jobs.values())),
            lambda jobs: reversed(UserList(jobs.values())),
            lambda jobs: merge(jobs.values(), [], key=id),
        ],
    )
    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_what_an_iterator_walks(self, walk, order):
        async def Watches(walk):
            for job in walk:
                await step()
                before = job.count
                await step()
                if job.count != before:
                    await PsTerminateSystemThread(STATUS_INVALID_PARAMETER)

        async def Works(job):
            await step()
            job.count += 1
            await step()

        async def DriverEntry(DriverObject, RegistryPath):
            jobs = {number: Counter() for number in range(3)}
            started = (Watches, walk(jobs)), (Works, jobs[1])
            for at in order:
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, *started[at])
            return STATUS_SUCCESS

        every = ks.explore(DriverEntry)
        assert {finding.kind for finding in every.findings} == {"shared memory"}

    def test_a_value_stored_in_a_field_once_threads_run(self):
        async def Puts(Shared):
            mine = []
            Shared.queue = mine
            await KeSetEvent(Shared.S, 0, False)
            mine.append(1)
            await step()

        async def Gets(Shared):
            await KeWaitForSingleObject(Shared.S, Executive, KernelMode, False, None)
            mine = Shared.queue
            await step()
            return len(mine)

        every = ks.explore(handing(Gets, Puts))
        assert "shared memory" in {finding.kind for finding in every.findings}

    def test_such_a_value_between_two_threads_of_one_routine(self):
        async def Worker(Shared):
            await step()
            Shared.queue = []
            await step()
            Shared.queue.append(1)
            await step()

        every = ks.explore(handing(Worker, Worker))
        texts = [finding.text for finding in every.findings if finding.kind == "shared memory"]
        assert "Worker changes" in texts[0]
        assert "System" not in texts[0]

    def test_such_a_value_of_which_one_holds_an_iterator_alone(self):
        async def Walks(Shared):
            await step()
            Shared.queue = mine = [1, 2]
            for _ in mine:
                event, mine, Shared = Shared and Shared.S, None, None
                if event:
                    await KeSetEvent(event, 0, False)
                event = None
                await step()

        async def Adds(Shared):
            await KeWaitForSingleObject(Shared.S, Executive, KernelMode, False, None)
            Shared.queue.append(3)
            await step()

        every = ks.explore(handing(Walks, Adds))
        assert [finding.text[:12] for finding in every.findings] == ["Shared.queue"]

    def test_what_the_call_before_which_a_thread_stands_was_given(self):
        async def DriverEntry(DriverObject, RegistryPath):
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, thread(appends, "A"), (mine := []))
            B = thread(appends, "B")
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, B, mine)
            return STATUS_SUCCESS

        assert ks.explore(DriverEntry).verdict == "inconclusive"

    def test_a_thread_that_creates_another(self):
        mine = []

        async def Parent(_):
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, thread(appends, "Child"), mine)
            await step()
            mine.append(2)
            await step()

        assert names(Parent)

    def test_a_structure_that_is_no_context_is_recorded_too(self):
        Shared = SHARED()

        async def Worker(_):
            await step()
            Shared.x = Shared.x + 1
            await step()

        every = ks.explore(driver(Worker, Worker))
        assert (every.verdict, {finding.kind for finding in every.findings}) == ("inconclusive", {"data race"})

    def test_the_header_that_code_reads_itself(self):
        async def Peeks(Shared):
            await step()
            if Shared.N.Header.SignalState:
                await step()

        async def Sets(Shared):
            await KeSetEvent(Shared.N, 0, False)

        every = ks.explore(started(Peeks, Sets))
        assert (every.verdict, every.findings[0].text[:27]) == ("inconclusive", "Shared.N.Header.SignalState")

    def test_a_global_of_a_drivers_module(self, monkeypatch):
        module = types.ModuleType("a_driver")
        exec("count = 0", vars(module))
        monkeypatch.setitem(sys.modules, "a_driver", module)

        def change(_):
            module.count += 1

        assert names(thread(change), thread(lambda _: module.count)) == ["module.count"]

    @pytest.mark.parametrize("path", ["mydriver.py", "trace.py", "queue.py", "site-packages/mine.py"])
    @pytest.mark.parametrize("change", ["Counted.total += 1", "KEPT[0] += 1", "ONE.n += 1", "bump()"])
    @pytest.mark.parametrize("order", ["A, B", "B, A"])
    def test_a_driver_by_any_name_in_any_folder(self, path, change, order, tmp_path):
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(DRIVER_FILE.format(change, order))
        spec = spec_from_file_location(file.stem, file)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        for one in (module, module.DriverEntry):
            assert {finding.kind for finding in ks.explore(one).findings} == {"shared memory"}

    @pytest.mark.parametrize("order", [1, -1])
    def test_what_a_thread_imports_itself(self, order, monkeypatch):
        module = types.ModuleType("a_driver")
        exec("class Counted: pass\ncount, ONE = 0, Counted()\nONE.n = 0\ndef get(): return count, ONE.n", vars(module))
        monkeypatch.setitem(sys.modules, "a_driver", module)

        async def Whole(_):
            import a_driver

            await step()
            a_driver.count += 1
            a_driver.ONE.n += 1
            await step()

        async def Part(_):
            await step()
            from a_driver import ONE

            ONE.n += 1
            await step()

        async def Looks(_):
            await step()
            from a_driver import get

            return get()

        for changes in (Whole, Part):
            assert shared(*(changes, Looks)[::order])
        assert shared(Looks, Looks) == []

    def test_one_value_is_told_once(self):
        log = []
        every = ks.explore(started(*(thread(lambda _: log.append(1), name) for name in "AB")))
        assert [finding.kind for finding in every.findings] == ["shared memory"]


# -- what is right -----------------------------------------------------------------------------------------------------


class Colour(IntEnum):
    RED = 1


class TestWhatThreadsOnlyReadHolds:
    def test_a_table(self):
        def looks(_):
            return TABLE["a"], LIMIT, Colour.RED, NAME.Buffer, Counter.total, list(TABLE)

        assert shared(thread(looks), thread(looks)) == []

    def test_a_list_of_events_filled_first(self):
        async def DriverEntry(DriverObject, RegistryPath):
            events = []
            for _ in range(2):
                events.append(KEVENT())
                await KeInitializeEvent(events[-1], SynchronizationEvent, False)

            async def Sets(_):
                for event in events:
                    await KeSetEvent(event, 0, False)

            async def Waits(_):
                for event in events:
                    await KeWaitForSingleObject(event, Executive, KernelMode, False, None)

            for routine in (Sets, Waits):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, None)
            return STATUS_SUCCESS

        assert ks.explore(DriverEntry).verdict == "holds"

    def test_a_name_that_is_given_the_same_text_again(self):
        name = UNICODE_STRING("file 1")
        fill = lambda _: RtlInitUnicodeString(name, f"file {int('1')}")  # noqa: E731
        assert shared(thread(fill), thread(fill)) == []

    def test_what_is_kept_by_a_cache(self):
        @lru_cache
        def square(n):
            return n * n

        assert shared(thread(lambda _: square(2)), thread(lambda _: square(3))) == []


class PHASE(IntEnum):
    IDLE = 0
    BUSY = 1


class WORK(Structure):
    Turn: KMUTEX
    State: ULONG


async def Works(Work):
    for _ in range(2):
        await KeWaitForSingleObject(Work.Turn, Executive, KernelMode, False, None)
        Work.State = PHASE(1 - Work.State)
        await KeReleaseMutex(Work.Turn, False)


async def Asks(Work):
    await KeGetCurrentIrql()
    owner = Work.Turn.OwnerThread
    await KeGetCurrentIrql()
    await PsTerminateSystemThread(NTSTATUS(0 if owner is None else owner.State))


def beside_works(routine):
    async def DriverEntry(DriverObject, RegistryPath):
        Work = WORK()
        await KeInitializeMutex(Work.Turn, 0)
        for one in (Works, routine):
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, one, Work)
        return STATUS_SUCCESS

    return DriverEntry


class TestAFieldThatIsCalledAsOneOfAThreads:
    """Whoever owns a mutex is known by its OwnerThread, whose State is the kernel's."""

    def test_is_the_drivers_own_where_no_code_names_the_owner(self):
        assert ks.explore(beside_works(Works)).verdict == "holds"

    def test_is_the_threads_where_code_does(self):
        every = ks.explore(beside_works(Asks))
        assert every.verdict == "inconclusive"
        assert "OwnerThread" in str(every)


class TestWhatIsOneThreadsOwnHolds:
    def test_its_log_and_a_check_that_reads_it(self):
        log = []

        def before():
            log.clear()

        async def Logs(_):
            for number in range(2):
                log.append(number)
                await step()

        one = driver(Logs, thread(nothing), before=before)
        assert ks.explore(one, check=lambda run: log == [0, 1]).verdict == "holds"

    def test_its_log_though_driver_entry_goes_on_to_start_others(self):
        first, second = [], []
        assert shared(thread(lambda _: first.append(1)), thread(lambda _: second.append(1))) == []

    def test_its_log_where_the_loop_that_starts_them_goes_on(self):
        first, second = [], []

        async def DriverEntry(DriverObject, RegistryPath):
            for routine in (thread(lambda _: first.append(1)), thread(lambda _: second.append(1))):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, None)
                await step()
            return STATUS_SUCCESS

        assert ks.explore(DriverEntry).verdict == "holds"

    def test_a_global_that_driver_entry_is_done_with_when_it_starts_the_thread_that_counts(self):
        async def DriverEntry(DriverObject, RegistryPath):
            global LIMIT
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, thread(nothing), None)
            await step()
            LIMIT = 0
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, thread(lambda _: rebinds()), None)
            await step()
            return STATUS_SUCCESS

        assert ks.explore(DriverEntry).verdict == "holds"

    def test_lists_made_by_a_factory(self):
        def made():
            mine = []
            return thread(lambda _: mine.append(1))

        async def DriverEntry(DriverObject, RegistryPath):
            for number in range(2):
                routine = made()
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, [number])
            return STATUS_SUCCESS

        assert ks.explore(DriverEntry).verdict == "holds"

    def test_its_context(self):
        async def DriverEntry(DriverObject, RegistryPath):
            for number in range(2):
                context = [number]
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, thread(appends), context)
            return STATUS_SUCCESS

        assert ks.explore(DriverEntry).verdict == "holds"

    @pytest.mark.parametrize(
        "walk",
        [
            list,
            lambda contexts: dict(enumerate(contexts)).values(),
            reversed,
            lambda contexts: (context for _, context in dict(enumerate(contexts)).items()),
            lambda contexts: (context for _, context in enumerate(contexts)),
            lambda contexts: deque(contexts),
        ],
    )
    def test_its_context_of_those_that_a_loop_walks(self, walk):
        async def DriverEntry(DriverObject, RegistryPath):
            for context in walk([[1], [2]]):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, thread(appends), context)
            return STATUS_SUCCESS

        assert ks.explore(DriverEntry).verdict == "holds"

    def test_an_iterator_of_ones_own_over_what_all_read(self):
        async def Walks(jobs):
            for _name, job in jobs.items():
                await step()
                for _ in reversed(job):
                    await step()

        jobs = {"a": [1], "b": (2,)}
        assert shared(Walks, Walks, contexts=[jobs, jobs]) == []

    def test_a_list_of_driver_entrys_that_no_thread_knows(self):
        async def DriverEntry(DriverObject, RegistryPath):
            handles = []
            for _ in range(2):
                handle = HANDLE()
                handles.append(handle)
                await PsCreateSystemThread(handle, 0, None, None, None, thread(nothing), handle)
            for handle in handles:
                await ZwClose(handle)
            return STATUS_SUCCESS

        assert ks.explore(DriverEntry).verdict == "holds"

    def test_a_global_that_only_driver_entry_rebinds_before(self):
        def before():
            global LIMIT
            LIMIT = 7

        assert shared(thread(reads), thread(reads), before=before) == []

    @pytest.mark.parametrize("sample", [synchronization_event, notification_event, semaphore, careful])
    def test_the_samples(self, sample):
        for stop in (False, True):
            every = ks.explore(sample, stop=stop, budget=100, **SMALL)
            assert "shared memory" not in {finding.kind for finding in every.findings}

    @pytest.mark.parametrize("sample", [race, synchronization_event, notification_event, careful])
    def test_the_samples_with_more_movers(self, sample):
        every = ks.explore(with_movers(sample, 2), budget=50, FileCount=1, WriteCount=1)
        assert "shared memory" not in {finding.kind for finding in every.findings}

    def test_a_sample_that_fails(self):
        faulty = samples.with_fault(careful, "ZwWriteFile", STATUS_INSUFFICIENT_RESOURCES)
        assert ks.explore(faulty, budget=50, **SMALL).findings == ()

    def test_nothing_of_a_sample_is_compared(self):
        one = OrderedExecution(Subject(synchronization_event, None, 1000, False, SMALL))
        with alone():
            one.ordered(lambda enabled: enabled[0])
        assert (one.sharing.watched, one.sharing.changes) == ([], [])

    def test_whose_code_it_is(self):
        namespaces = {"": {}, "__main__": {"__name__": "__main__"}, "sample": vars(race), "here": globals()}
        assert all(map(of_driver, namespaces.values()))
        others = [vars(random), vars(sys.modules["kevent_sim.runs.run"]), vars(pytest)]
        assert not any(map(of_driver, others))


# -- against brute force -----------------------------------------------------------------------------------------------


DRIVERS = size(15, 200)


def test_what_holds_has_the_outcomes_of_brute_force(account):
    verdicts = defaultdict(int)
    for seed in range(DRIVERS):
        DriverEntry, together, programs = drawn(Random(seed))
        made = orders(DriverEntry, brief=True, limit=1500)
        every = ks.explore(DriverEntry, outcome=told)
        verdicts[together, every.verdict] += 1
        if not together:
            assert every.verdict == "holds", (seed, programs)
        if made is not None and every.verdict == "holds":
            assert set(every.outcomes) == set(map(told, made)), (seed, programs)
    account.append(f"shared memory: {DRIVERS} drivers, {dict(verdicts)}")
    assert verdicts[True, "inconclusive"] > DRIVERS // 4
