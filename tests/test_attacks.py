"""What a hostile reader once had `explore` say falsely, each as a test of its kind."""

import abc
import contextlib
import copy
import functools
import pickle
import tracemalloc
import types
import weakref
from collections import defaultdict
from enum import Enum

import pytest
from drivers import started

import kevent_sim as ks
from kevent_sim.machine.objects import DISPATCHER_HEADER
from kevent_sim.ntifs import *

ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE
SUB = "C:\\Temp\\sub"
VOLUME = ks.Volume(
    directories=["C:\\Temp", SUB, SUB + "\\d", "C:\\Temp2"], files={SUB + "\\f": b"x", SUB + "\\d\\f": b"x"}
)
EMPTY = ks.Volume(directories=["C:\\Temp", SUB, "C:\\Temp2"], files={SUB + "\\f": b"x"})


async def look():
    """A step that meets no other."""
    await KeGetCurrentIrql()


async def fail():
    """A bug check: a wait above APC_LEVEL."""
    await KeRaiseIrql(DISPATCH_LEVEL, KIRQL())
    await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-1))


async def opened(path, access=DELETE):
    handle, name, attributes = HANDLE(), UNICODE_STRING("\\??\\" + path), OBJECT_ATTRIBUTES()
    InitializeObjectAttributes(attributes, name, OBJ_CASE_INSENSITIVE, None, None)
    status = await ZwOpenFile(handle, access, attributes, IO_STATUS_BLOCK(), ALL, FILE_SYNCHRONOUS_IO_NONALERT)
    return status, handle


async def disposed(handle, yes=True):
    request = FILE_DISPOSITION_INFORMATION(yes)
    return await ZwSetInformationFile(handle, IO_STATUS_BLOCK(), request, 1, FileDispositionInformation)


async def renamed(handle, path):
    request, path = FILE_RENAME_INFORMATION(400), "\\??\\" + path
    request.FileNameLength, request.FileName = 2 * len(path), path
    return await ZwSetInformationFile(handle, IO_STATUS_BLOCK(), request, 400, FileRenameInformation)


def asked_twice(before, does, asks, order=1):
    """A driver: what `before` returns is handed to a thread that `does` something and one that `asks` twice, and fails
    where it is told two things."""

    async def DriverEntry(DriverObject, RegistryPath):
        given = await before()

        async def Does(_):
            await look()
            await does(*given)
            await look()

        async def Asks(_):
            await look()
            first = await asks(*given)
            if first != await asks(*given):
                await PsTerminateSystemThread(STATUS_INVALID_PARAMETER)
            await look()

        for routine in (Does, Asks)[::order]:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, None)
        return STATUS_SUCCESS

    return DriverEntry


def told_one_thing(run):
    return run.exit_statuses["Asks"] == STATUS_SUCCESS


class TestDirectories:
    """What leaves a directory, or is reached through one that moves, meets whoever asks about the directory."""

    async def both(self):
        _, file = await opened(SUB + "\\f")
        _, directory = await opened(SUB)
        return file, directory

    async def to_be_deleted(self):
        file, directory = await self.both()
        await disposed(file)
        return file, directory

    @pytest.mark.parametrize("leaves", ["deleted", "moved"])
    @pytest.mark.parametrize("asks", ["disposition", "rename"])
    def test_a_file_that_leaves_it(self, leaves, asks):
        async def goes(file, directory):
            await (ZwClose(file) if leaves == "deleted" else renamed(file, "C:\\Temp2\\f"))

        async def deletes(file, directory):
            status = await disposed(directory)
            if NT_SUCCESS(status):
                await disposed(directory, False)
            return status

        names = iter(())

        async def moves(file, directory):
            nonlocal names
            return await renamed(directory, next(names))

        async def before():
            nonlocal names
            names = iter(["C:\\Temp\\sub2", "C:\\Temp\\sub3"])
            return await (self.to_be_deleted() if leaves == "deleted" else self.both())

        driver = asked_twice(before, goes, deletes if asks == "disposition" else moves)
        assert ks.explore(driver, check=told_one_thing, volume=EMPTY).verdict == "violated"

    def test_an_open_by_the_new_name_two_levels_down(self):
        async def before():
            return (await opened(SUB))[1:]

        async def moves(directory):
            await renamed(directory, "C:\\Temp2\\s")

        async def opens(directory):
            return (await opened("C:\\Temp2\\s\\d\\f", FILE_READ_ATTRIBUTES))[0]

        every = ks.explore(asked_twice(before, moves, opens), check=told_one_thing, volume=VOLUME)
        assert every.verdict == "violated"


def shares(given, change, see, order=1):
    """A driver of two threads, one of which changes a Python value, while the other looks at it twice."""

    async def before():
        return (given(),)

    async def does(value):
        change(value)

    async def asks(value):
        await look()
        return see(value)

    return asked_twice(before, does, asks, order)


class State(Enum):
    Idle = 1


class Box:
    n = 0


class Registry(type):
    names = ()


class Registered(metaclass=Registry):
    pass


class Other(Box):
    pass


class FIELDS(Structure):
    n: ULONG


def counter():
    n = 0

    @contextlib.contextmanager
    def counted(by=0):
        nonlocal n
        n += by
        yield n

    return counted


def use(manager, by=0):
    with manager(by) as n:
        return n


def dispatched():
    kept = [0]

    @functools.singledispatch
    def count(by):
        kept[0] += by
        return kept[0]

    return count


BOX = Box()


async def look_once(_):
    await look()


async def wait_a_moment(event):
    await KeWaitForSingleObject(event, Executive, KernelMode, False, LARGE_INTEGER(-10))


def by_pattern(event):
    match event.Header:
        case DISPATCHER_HEADER(SignalState=state):
            return state


class Jobs(list):
    """A list that says itself what it is walked as."""

    def __iter__(self):
        return (job.name for job in list.__iter__(self))


def made_when_missing():
    limit = [1]
    return limit, defaultdict(lambda: limit[0])


def missing(pair):
    return pair[1][len(pair[1])]


def of_jobs():
    return Jobs([Box()])


both_orders = pytest.mark.parametrize("order", [1, -1])


class TestWhatIsWithinAContainer:
    @both_orders
    @pytest.mark.parametrize(
        ("given", "change", "see"),
        [
            (of_jobs, lambda jobs: setattr(jobs[0], "n", 1), lambda jobs: jobs[0].n),
            (made_when_missing, lambda pair: pair[0].append(pair[0].pop() + 1), missing),
            (made_when_missing, lambda pair: setattr(pair[1], "default_factory", int), missing),
            (lambda: functools.partial(len, ""), lambda one: setattr(one, "n", 1), lambda one: hasattr(one, "n")),
            (KWAIT_BLOCK, lambda block: setattr(block, "WaitKey", 5), lambda block: block.WaitKey),
        ],
        ids=["walked otherwise", "made of", "made by", "partial", "wait block"],
    )
    def test_is_seen_whatever_its_class_makes_of_it(self, given, change, see, order):
        every = ks.explore(shares(given, change, see, order), check=told_one_thing)
        assert every.verdict == "inconclusive"
        assert {finding.kind for finding in every.findings} >= {"shared memory"}

    @both_orders
    def test_that_nobody_changes_holds(self, order):
        driver = shares(of_jobs, lambda jobs: None, lambda jobs: jobs[0].n, order)
        assert ks.explore(driver, check=told_one_thing).verdict == "holds"


class TestSharedPythonObjects:
    @pytest.mark.parametrize(
        ("given", "change", "see"),
        [
            (counter, lambda manager: use(manager, 1), use),
            (dispatched, lambda count: count(1), lambda count: count(0)),
            (lambda: State, lambda kind: setattr(kind.Idle, "n", 1), lambda kind: getattr(kind.Idle, "n", 0)),
            (lambda: Registered, lambda kind: setattr(type(kind), "names", ("x",)), lambda kind: type(kind).names),
            (Box, lambda box: setattr(box, "__class__", Other), lambda box: isinstance(box, Other)),
            (lambda: Exception(Box()), lambda e: setattr(e.args[0], "n", 1), lambda e: e.args[0].n),
            (lambda: weakref.ref(BOX), lambda one: setattr(one(), "n", one().n + 1), lambda one: one().n),
            (lambda: [0.0], lambda kept: kept.__setitem__(0, -0.0), lambda kept: str(kept[0])),
        ],
        ids=["contextmanager", "singledispatch", "enum", "metaclass", "class", "exception", "weakref", "sign"],
    )
    def test_one_that_changes_is_never_proved(self, given, change, see):
        try:
            assert ks.explore(shares(given, change, see), check=told_one_thing).verdict != "holds"
        finally:
            Registry.names, BOX.n = (), 0
            if hasattr(State.Idle, "n"):
                del State.Idle.n

    @pytest.mark.parametrize(
        "see",
        [
            lambda one: copy.copy(one).n,
            lambda one: copy.deepcopy(one).n,
            pickle.dumps,
            lambda one: pickle._dumps(one, 0),
            lambda one: str(one.__getstate__()),
            lambda one: str(one.__reduce_ex__(4)),
            lambda one: str(one.__reduce_ex__(1)),
        ],
    )
    @pytest.mark.parametrize("order", [1, -1])
    def test_a_copy_of_a_structure_reads_its_fields(self, see, order):
        driver = shares(FIELDS, lambda one: setattr(one, "n", 1), see, order)
        every = ks.explore(driver, check=told_one_thing)
        assert "data race" in {finding.kind for finding in every.findings}
        assert all("line 0" not in finding.text for finding in every.findings)

    @pytest.mark.parametrize("zeroes", [lambda one: one.__init__(), lambda one: FIELDS.__init__(one)])
    def test_a_structure_is_made_once(self, zeroes):
        driver = shares(FIELDS, zeroes, lambda one: one.n)
        with pytest.raises(ks.Misuse, match=r"assign each field, such as  SyncRes\.n = 0"):
            ks.explore(driver, check=told_one_thing)

    def test_a_structure_with_an_event_in_it_cannot_be_copied(self):
        class SHARED(Structure):
            Ready: KEVENT

        with pytest.raises(ks.Misuse, match="Ready is an object that threads wait for"):
            copy.copy(SHARED())

        assert SHARED().__getstate__()
        with pytest.raises(ks.Misuse, match="Ready is an object that threads wait for"):
            ks.explore(shares(SHARED, lambda one: None, lambda one: one.__getstate__()))

    @pytest.mark.parametrize(
        ("change", "see"),
        [
            (lambda event: KeSetEvent(event, 0, False), lambda event: event.Header.SignalState),
            (lambda event: KeSetEvent(event, 0, False), lambda event: getattr(event.Header, "SignalState")),  # noqa: B009
            (lambda event: KeInitializeEvent(event, SynchronizationEvent, False), lambda event: event.Header.Type),
            (wait_a_moment, lambda event: len(event.Header.WaitListHead)),
            (lambda event: KeSetEvent(event, 0, False), by_pattern),
        ],
        ids=["attribute", "getattr", "type", "wait list", "match"],
    )
    def test_what_is_read_of_a_kernel_object_without_a_routine_is_named(self, change, see):
        async def before():
            event = KEVENT("E")
            await KeInitializeEvent(event, NotificationEvent, False)
            return (event,)

        async def asks(event):
            await look()
            return see(event)

        every = ks.explore(asked_twice(before, change, asks), check=told_one_thing)
        assert every.verdict != "holds"
        assert "shared memory" in {finding.kind for finding in every.findings}

    def test_so_is_the_state_of_a_thread_that_was_got_by_its_handle(self):
        async def before():
            handle, thread = HANDLE(), PVOID()
            await PsCreateSystemThread(handle, 0, None, None, None, look_once, None)
            await ObReferenceObjectByHandle(handle, SYNCHRONIZE, PsThreadType, KernelMode, thread, None)
            return (thread,)

        async def does(thread):
            await look()

        async def asks(thread):
            await look()
            return thread.Object.State

        every = ks.explore(asked_twice(before, does, asks), check=told_one_thing)
        assert "shared memory" in {finding.kind for finding in every.findings}

    def test_handles_in_a_structure_that_their_creator_alone_looks_at_are_no_finding(self):
        class EXTENSION(Structure):
            First: HANDLE
            Second: HANDLE

        async def Worker(Extension):
            await look()

        async def DriverEntry(DriverObject, RegistryPath):
            Extension = EXTENSION()
            for handle in (Extension.First, Extension.Second):
                await PsCreateSystemThread(handle, 0, None, None, None, Worker, Extension)
                if handle.value:
                    await ZwClose(handle)
            return STATUS_SUCCESS

        assert ks.explore(DriverEntry).verdict == "holds"


class EXTENSION(Structure):
    First: HANDLE
    Second: HANDLE
    Thread: PVOID
    Ready: KEVENT
    Free: KSEMAPHORE
    Turn: KMUTEX


async def extension():
    """Two events by handles, one of them by a pointer, too; and two objects of its own."""
    one = EXTENSION()
    for handle in (one.First, one.Second):
        await ZwCreateEvent(handle, EVENT_ALL_ACCESS, None, NotificationEvent, False)
    await ObReferenceObjectByHandle(one.First, 0, None, KernelMode, one.Thread, None)
    await KeInitializeEvent(one.Ready, NotificationEvent, False)
    await KeInitializeSemaphore(one.Free, 1, 2)
    await KeInitializeMutex(one.Turn, 0)
    return (one,)


async def take_a_turn(one):
    await KeWaitForMutexObject(one.Turn, Executive, KernelMode, False, None)
    await KeReleaseMutex(one.Turn, False)


def changing(change):
    async def does(one):
        change(one)

    return does


class TestWhatCodeWritesInPlaceOfARoutine:
    """Steps are ordered by what their routines write: what code writes beside them is seen by routines all the same."""

    @pytest.mark.parametrize(
        ("change", "asks"),
        [
            (
                lambda one: setattr(one.First, "value", 0),
                lambda one: ObReferenceObjectByHandle(one.First, 0, None, KernelMode, PVOID(), None),
            ),
            (
                lambda one: setattr(one.Thread, "Object", None),
                lambda one: KeWaitForSingleObject(one.Thread, Executive, KernelMode, False, LARGE_INTEGER(0)),
            ),
            (lambda one: setattr(one.Ready.Header, "SignalState", 1), lambda one: KeReadStateEvent(one.Ready)),
            (
                lambda one: setattr(one.Ready.Header, "SignalState", 1),
                lambda one: KeWaitForSingleObject(one.Ready, Executive, KernelMode, False, LARGE_INTEGER(0)),
            ),
            (lambda one: one.Ready.initialise(NotificationEvent, True), lambda one: KeReadStateEvent(one.Ready)),
            (lambda one: setattr(one.Free, "Limit", 1), lambda one: KeReadStateSemaphore(one.Free)),
            (lambda one: one.Free.initialise(2, 2), lambda one: KeReadStateSemaphore(one.Free)),
            (lambda one: setattr(one.Turn, "OwnerThread", 0), lambda one: KeReadStateMutex(one.Turn)),
        ],
    )
    @pytest.mark.parametrize("order", [1, -1])
    def test_is_found_whoever_names_it(self, change, asks, order):
        driver = asked_twice(extension, changing(change), asks, order)
        every = ks.explore(driver, check=told_one_thing)
        assert every.verdict != "holds"
        assert "shared memory" in {finding.kind for finding in every.findings}

    def test_is_found_for_a_question(self):
        async def Pulses(one):
            await look()
            one.Ready.Header.SignalState = 1
            await look()
            one.Ready.Header.SignalState = 0
            await look()

        async def Sets(one):
            await KeSetEvent(one.Ready, 0, False)

        async def DriverEntry(DriverObject, RegistryPath):
            (one,) = await extension()
            for routine in (Pulses, look_once):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, one)
            return STATUS_SUCCESS

        every = ks.explore(DriverEntry, check=ks.always(lambda state: not state.signaled("Ready")))
        assert every.verdict != "holds"

    @pytest.mark.parametrize(
        ("does", "asks"),
        [
            (lambda one: KeSetEvent(one.Ready, 0, False), lambda one: KeReadStateSemaphore(one.Free)),
            (lambda one: KeSetEvent(one.Thread.Object, 0, False), lambda one: KeReadStateEvent(one.Ready)),
            (lambda one: wait_a_moment(one.Ready), lambda one: KeReadStateEvent(one.Ready)),
            (take_a_turn, lambda one: KeReadStateEvent(one.Ready)),
        ],
    )
    def test_what_routines_write_is_none_of_it(self, does, asks):
        async def names_all(one):
            await does(one)
            return one.First.value, one.Thread.Object

        assert ks.explore(asked_twice(extension, names_all, asks), check=told_one_thing).verdict == "holds"

    def test_a_handle_that_its_closer_alone_looks_at_may_be_forgotten(self):
        async def Worker(one):
            await KeSetEvent(one.Ready, 0, False)

        async def DriverEntry(DriverObject, RegistryPath):
            (one,) = await extension()
            handle = HANDLE()
            for thread in (handle, one.Second):
                await PsCreateSystemThread(thread, 0, None, None, None, Worker, one)
                await ZwClose(thread)
                thread.value = 0
            await look()
            one.First.value = handle.value = 0
            await look()
            return STATUS_SUCCESS

        assert ks.explore(DriverEntry).verdict == "holds"


class JOB(Structure):
    Open: ULONG


class Guard:
    """While there is one, the flag is set."""

    def __init__(self, job):
        self.job = job
        job.Open = 1

    def __del__(self):
        self.job.Open = 0


class Work(abc.ABC):
    """An ordinary class, which Python itself keeps weak references of."""

    @abc.abstractmethod
    def work(self):
        pass


class Works(Work):
    count = 1

    def work(self):
        return self.count


def drops(job):
    """A driver whose threads share an object, which goes when one of them lets go of it."""
    referred = weakref.ref(job)

    async def Drops(jobs):
        await look()
        jobs.clear()
        await look()

    async def Refers(_):
        await look()
        if referred() is None:
            await fail()

    return (Drops, [job]), (Refers, None)


def calls_back(job):
    told = []
    kept = weakref.ref(job, told.append)

    async def Drops(jobs):
        await look()
        jobs.clear()
        await look()

    async def Told(_):
        await look()
        return told, kept

    return (Drops, [job]), (Told, None)


def in_a_set(job):
    (Drops, jobs), _ = drops(job)

    async def Counts(left):
        await look()
        if not len(left):
            await fail()

    return (Drops, jobs), (Counts, weakref.WeakSet(jobs))


def by_a_name(job):
    async def Refers(jobs):
        referred = weakref.ref(jobs[0])
        del jobs
        await look()
        if referred() is None:
            await fail()

    return drops(job)[0], (Refers, [job])


class Counting(KEVENT):
    def __init__(self):
        super().__init__("Counting")
        self.n, self.items = 0, []


class Caused(Exception):
    pass


def caused():
    one = Caused()
    one.__cause__ = Caused(Box())
    return one


@contextlib.contextmanager
def held(by):
    HELD[0] += by
    yield HELD[0]


HELD = [0]


def by_default():
    def count(by=0):
        return by

    return count


def redefine(count):
    count.__defaults__ = (1,)


def exchange(cell):
    cell.cell_contents = 1


def rebase(kind):
    kind.__bases__ = (Other,)


class TestWhatHasAttributesBesides:
    @pytest.mark.parametrize(
        ("given", "change", "see"),
        [
            (Counting, lambda one: setattr(one, "n", one.n + 1), lambda one: one.n),
            (Counting, lambda one: one.items.append(1), lambda one: len(one.items)),
            (caused, lambda e: setattr(e.__cause__.args[0], "n", 1), lambda e: e.__cause__.args[0].n),
            (lambda: functools.lru_cache(look), lambda f: setattr(f, "calls", 1), lambda f: hasattr(f, "calls")),
            (counter, lambda f: setattr(f, "calls", 1), lambda f: hasattr(f, "calls")),
            (dispatched, lambda f: setattr(f, "calls", 1), lambda f: hasattr(f, "calls")),
            (by_default, redefine, lambda count: count()),
            (lambda: types.CellType(0), exchange, lambda cell: cell.cell_contents),
            (lambda: type("Derived", (Box,), {}), rebase, lambda kind: kind.__mro__),
            (object, lambda _: use(held, 1), lambda _: use(held)),
        ],
    )
    @pytest.mark.parametrize("order", [1, -1])
    def test_is_named_where_it_changes(self, given, change, see, order):
        HELD[0] = 0
        every = ks.explore(shares(given, change, see, order), check=told_one_thing)
        assert "shared memory" in {finding.kind for finding in every.findings}

    @pytest.mark.parametrize("given", [Counting, caused, counter, dispatched])
    def test_holds_where_it_does_not(self, given):
        HELD[0] = 0
        every = ks.explore(shares(given, lambda one: None, lambda one: repr(type(one))), check=told_one_thing)
        assert every.verdict == "holds"


class TestWhenAnObjectGoes:
    @pytest.mark.parametrize("made", [drops, calls_back, in_a_set, by_a_name])
    @pytest.mark.parametrize("order", [1, -1])
    def test_who_may_notice_it_is_named(self, made, order):
        async def DriverEntry(DriverObject, RegistryPath):
            for routine, given in made(Box())[::order]:
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, given)
            return STATUS_SUCCESS

        every = ks.explore(DriverEntry)
        assert every.verdict != "holds"
        assert any("notices that an object goes" in finding.text for finding in every.findings)

    @pytest.mark.parametrize("wrong", [0, 1])
    def test_a_finalizer_is_named_and_runs_when_it_runs_in_a_run(self, wrong):
        async def DriverEntry(DriverObject, RegistryPath):
            job = JOB()

            async def Guards(guard):
                await look()
                del guard
                if job.Open == wrong:
                    await fail()

            guard = Guard(job)
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, Guards, guard)
            del guard
            await look()
            await look()
            return STATUS_SUCCESS

        every = ks.explore(DriverEntry)
        assert every.verdict != "holds"
        assert any(finding.text.startswith("guard (") for finding in every.findings)
        if every.counterexample is not None:
            assert ks.run(DriverEntry, policy=ks.Replay(str(every.counterexample.schedule))).verdict == "bugcheck"

    def test_an_ordinary_class_of_an_abstract_one_holds(self):
        async def Worker(one):
            await look()
            if isinstance(one, Work) and one.work():
                await look()

        async def DriverEntry(DriverObject, RegistryPath):
            one = Works()
            for _ in range(2):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, Worker, one)
            return STATUS_SUCCESS

        assert ks.explore(DriverEntry).verdict == "holds"


class TestTheDriversEnds:
    def test_who_loads_the_driver_can_be_alerted_when_it_has_returned(self):
        async def DriverEntry(DriverObject, RegistryPath):
            me = await KeGetCurrentThread()

            async def Alerts(_):
                await look()
                await KeAlertThread(me, KernelMode)

            await PsCreateSystemThread(HANDLE(), 0, None, None, None, Alerts, None)
            return STATUS_SUCCESS

        assert ks.explore(DriverEntry).verdict == "holds"

    def test_an_unload_routine_that_a_thread_replaces_is_found(self):
        async def quick(DriverObject):
            await look()

        async def Replaces(DriverObject):
            await look()
            DriverObject.DriverUnload = other
            await look()

        async def other(DriverObject):
            await look()

        async def DriverEntry(DriverObject, RegistryPath):
            DriverObject.DriverUnload = quick
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, Replaces, DriverObject)
            return STATUS_SUCCESS

        every = ks.explore(DriverEntry, stop=True)
        assert "shared memory" in {finding.kind for finding in every.findings}


class TestQuestions:
    def test_a_result_that_is_an_object_is_told_by_its_name(self):
        async def Thread(Shared):
            await KeGetCurrentThread()

        run = ks.run(started(Thread))
        assert run.calls("Thread")[0].result == "Thread"

    def test_an_answer_that_is_true_whatever_it_means_is_refused(self):
        async def checks(run):
            return False

        def generates(run):
            yield False

        driver = started()
        forgotten = ks.always(lambda state: state.signaled)
        told = [lambda run, answer=answer: answer for answer in ([False], "no", b"no", (False,))]
        for check in (checks, generates, lambda run: ks.always(checks), ks.always(checks), forgotten, *told):
            with pytest.raises(TypeError, match="not True or False"):
                ks.explore(driver, check=check)

    def test_what_a_run_was_asked_is_its_own(self):
        assert not hasattr(ks.run(started()), "asked")

    def test_a_driver_with_arguments_bound_beforehand_runs(self):
        async def Named(first, DriverObject, RegistryPath):
            return STATUS_SUCCESS

        assert ks.run(functools.partial(Named, 1)).verdict == "completed"


class TestWhatOnceStoppedTheSimulator:
    def test_a_memoryview_that_one_thread_releases_is_memory_that_two_share(self):
        async def DriverEntry(DriverObject, RegistryPath):
            view = memoryview(bytearray(2))

            async def Releases(_):
                await look()
                view.release()

            async def Looks(_):
                await look()
                view  # noqa: B018

            for routine in (Releases, Looks):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, None)
            return STATUS_SUCCESS

        assert {finding.kind for finding in ks.explore(DriverEntry).findings} == {"shared memory"}

    def test_a_long_chain_takes_memory_by_its_length(self):
        """Of 20,000 lists, each in the next one, the names alone were 600 MB."""
        chain = []
        for _ in range(2_000):
            chain = [chain]

        async def DriverEntry(DriverObject, RegistryPath):
            await look()
            chain  # noqa: B018
            return STATUS_SUCCESS

        tracemalloc.start()
        try:
            assert ks.explore(DriverEntry).verdict == "holds"
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert most < 3_000_000

    @pytest.mark.parametrize("name", ["race (1)", "a;b", "", "2nd", "a\nb", "<lambda>", "my-driver", " a"])
    def test_a_driver_of_any_name_replays_from_the_text_of_its_schedule(self, name):
        async def DriverEntry(DriverObject, RegistryPath):
            await KeWaitForSingleObject(KEVENT("Never"), Executive, KernelMode, False, None)

        driver = types.ModuleType(name)
        driver.DriverEntry = DriverEntry
        run = ks.run(driver)
        again = ks.run(driver, policy=ks.Replay(str(run.schedule)))
        assert (again.outcome, run.driver.isidentifier()) == (run.outcome, True)
