"""What the explorer rests on: two calls whose footprints do not conflict can be made in either order.

A small random state is set up twice; in it two threads stand before one call each. Where no cell is shared that one of
the two writes, both orders must give the same results and leave the same state.
"""

from collections import Counter

from harness import Stage, attributes_of, close, create, open_file, rename, standard_information, wait, write
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import size

from kevent_sim.machine.files import AT_END, AT_POSITION, Open
from kevent_sim.machine.ntstatus import BugCheck
from kevent_sim.machine.objects import THREAD_OBJECT
from kevent_sim.machine.satisfying import satisfy
from kevent_sim.machine.thread import KTHREAD
from kevent_sim.machine.volume import Volume
from kevent_sim.ntifs import *

EVENTS, PATHS = "MNST", ["C:\\Temp\\a", "C:\\Temp\\b", "C:\\Temp2\\a", "C:\\Temp", "C:\\Temp2", "C:\\Gone\\a"]
ALL = FILE_ALL_ACCESS
event = st.sampled_from(EVENTS)
path = st.sampled_from(PATHS)
access = st.sampled_from([FILE_READ_DATA, FILE_WRITE_DATA, FILE_APPEND_DATA, DELETE, ALL, FILE_READ_ATTRIBUTES])
share = st.sampled_from([0, 3, 7, 7])
slot = st.integers(0, 3)  # a handle: 0 and 1 are of T0, 2 and 3 of T1, and either may use them all

# -- calls, as data, so that each world can make its own --------------------------------------------------------------

ON_ONE_EVENT = ["KeSetEvent", "KeResetEvent", "KeClearEvent", "KePulseEvent", "KeReadStateEvent"]
on_events = st.one_of(
    st.tuples(st.sampled_from(ON_ONE_EVENT), event),
    st.tuples(st.just("wait"), event, st.sampled_from([None, 0, 5_000])),
    st.tuples(st.just("initialise"), event, st.sampled_from([NotificationEvent, SynchronizationEvent]), st.booleans()),
)
waited_for = st.lists(
    st.sampled_from([*EVENTS, "C", "C", "X", "X", "W0", "T0", "T1"]), min_size=1, max_size=3, unique=True
)
a_wait = st.tuples(
    st.just("wait_for"),
    waited_for,
    st.sampled_from([WaitAny, WaitAll]),
    st.sampled_from([None, 0, 5_000]),
    st.booleans(),
)
on_objects = st.one_of(
    a_wait,
    a_wait,
    st.tuples(st.just("release"), st.integers(1, 3)),
    st.tuples(st.just("alert"), st.sampled_from(["W0", "W1", "T0", "T1"])),
    st.tuples(st.sampled_from(["count", "end", "release_mutex", "release_mutex", "read_mutex"])),
    st.tuples(st.sampled_from(["acquire_lock", "try_lock", "release_lock"])),
    st.tuples(st.sampled_from(["named", "refer", "give_back", "close_named", "reset_named", "set_named"])),
)
on_files = st.one_of(
    st.tuples(st.just("create"), path, access, share, st.integers(0, 5)),
    st.tuples(st.just("open"), path, access, share),
    st.tuples(st.just("create_read_only"), path, st.integers(0, 5)),
    st.tuples(st.just("write"), slot, st.integers(0, 3)),
    st.tuples(st.just("write_at"), slot, st.sampled_from([AT_END, AT_POSITION, 0])),
    st.tuples(st.just("read"), slot),
    st.tuples(st.just("rename"), slot, path, st.booleans()),
    st.tuples(st.just("rename_here"), slot, st.sampled_from(["a", "b"]), st.booleans()),
    st.tuples(st.just("delete"), slot, st.booleans()),
    st.tuples(st.just("query"), slot),
    st.tuples(st.just("close"), slot),
)
a_call = on_events | on_objects | on_files

states = st.fixed_dictionaries(
    {
        "events": st.lists(st.integers(0, 1), min_size=4, max_size=4),
        "waiters": st.lists(a_wait, max_size=3),
        "count": st.integers(0, 2),
        "owner": st.sampled_from([None, "T0", "T0", "T1", "W0"]),
        "times": st.integers(1, 2),
        "lock": st.sampled_from([None, "T0", "T0", "T1", "W0"]),
        "wanted": st.booleans(),
        "alerted": st.none() | st.sampled_from(["T0", "T1"]),
        "named": st.sampled_from(["", "named", "named refer", "named refer close_named"]),
        "files": st.lists(st.sampled_from(PATHS[:3]), unique=True, max_size=3),
        "opens": st.lists(st.none() | st.tuples(path, access, share), min_size=4, max_size=4),
        "doomed": st.none() | slot,
    }
)


class World:
    """One machine in the given state, its threads T0 and T1 before their calls."""

    def __init__(self, state, calls):
        self.stage = Stage(Volume(files=dict.fromkeys(state["files"], b"12345")))
        self.kernel = self.stage.kernel
        self.events = {}
        for name, signaled in zip(EVENTS, state["events"], strict=True):
            self.events[name] = KEVENT(name)
            kind = NotificationEvent if name in "MN" else SynchronizationEvent
            self.events[name].initialise(kind, bool(signaled))
        self.semaphore = KSEMAPHORE("C")
        self.semaphore.initialise(state["count"], 2)
        self.mutex = KMUTEX("X")
        self.mutex.initialise()
        self.lock = FAST_MUTEX("F")
        self.lock.initialise()
        self.handles = [HANDLE() for _ in range(4)]
        self.fresh, self.named_handle, self.pointer = [HANDLE(), HANDLE()], HANDLE(), PVOID()
        for i in range(2):
            self.stage.enter(f"W{i}", [])
        if state["owner"]:
            satisfy(self.mutex, self.stage.puppets["W0"].thread)
            self.mutex.Header.SignalState = 1 - state["times"]
        if state["lock"]:
            satisfy(self.lock, None)
        if state["wanted"]:  # it waits, or owns it
            self.stage.enter("Wants", [self.acquire_lock]).perform()
        for i, (_, names, *how) in enumerate(state["waiters"]):
            names = [name for name in names if name[0] != "T"] or ["C"]
            waiter = self.stage.enter(f"W{i + 2}", [lambda names=names, how=how: self.wait_for(0, names, *how)])
            waiter.perform()
        if state["named"]:
            made = [lambda word=word: getattr(self, word)(None) for word in state["named"].split()]
            maker = self.stage.enter("maker", made)
            for _ in made:
                maker.perform()
        for i in range(2):
            setup = [
                lambda slot=slot, opened=opened: self.open_slot(slot, *opened)
                for slot, opened in enumerate(state["opens"])
                if opened is not None and slot // 2 == i
            ]
            if state["doomed"] is not None and state["doomed"] // 2 == i:
                setup.append(lambda: self.make("delete", state["doomed"], True))
            call = [] if calls[i] == ("end",) else [lambda i=i: self.make(*calls[i], who=i)]
            # The first call is made when both threads are there, so that either may name the other.
            self.stage.enter(f"T{i}", [lambda: KeReadStateEvent(self.events["M"]), *setup, *call])
        for i in range(2):
            thread = self.stage.puppets[f"T{i}"]
            for _ in range(len(thread.operations) - (calls[i] != ("end",))):
                thread.perform()
            thread.thread.Alerted[KernelMode] = state["alerted"] == f"T{i}"
        self.threads = [self.stage.puppets[f"T{i}"].thread for i in range(2)]
        if state["owner"]:
            self.hand_over(self.stage.puppets[state["owner"]].thread)
        if state["lock"]:
            self.lock.Owner = self.stage.puppets[state["lock"]].thread
            self.lock.Owner.Irql = APC_LEVEL * (("release_lock",) in calls)  # else it has lowered it

    def hand_over(self, thread):
        """Another thread owns the mutex, for which the waiters had to wait."""
        self.mutex.OwnerThread.MutantListHead.remove(self.mutex)
        self.mutex.OwnerThread = thread
        thread.MutantListHead.append(self.mutex)

    async def open_slot(self, slot, path, access, share):
        options = FILE_DIRECTORY_FILE if path in PATHS[3:5] else 0
        return await open_file(self.handles[slot], f"\\??\\{path}", access, share, options)

    def make(self, name, *arguments, who=0):
        if name.startswith("Ke"):
            routine, its_event = globals()[name], self.events[arguments[0]]
            more = (IO_NO_INCREMENT, False) if name in ("KeSetEvent", "KePulseEvent") else ()
            return routine(its_event, *more)
        return getattr(self, name)(who, *arguments)

    def initialise(self, who, name, kind, signaled):
        return KeInitializeEvent(self.events[name], kind, signaled)

    def wait(self, who, name, ticks):
        return wait(self.events[name], ticks)

    def object(self, name):
        if name == "C":
            return self.semaphore
        if name == "X":
            return self.mutex
        return self.events[name] if name in EVENTS else self.stage.puppets[name].thread

    def wait_for(self, who, names, kind, ticks, alertable):
        timeout, listed = None if ticks is None else LARGE_INTEGER(-ticks), [self.object(name) for name in names]
        how = Executive, KernelMode, alertable, timeout
        if len(names) == 1:
            return KeWaitForSingleObject(*listed, *how)
        return KeWaitForMultipleObjects(len(names), listed, kind, *how, None)

    async def release(self, who, adjustment):
        try:
            return await KeReleaseSemaphore(self.semaphore, IO_NO_INCREMENT, adjustment, False)
        except EXCEPTION_RECORD as raised:
            return raised.ExceptionCode

    def count(self, who):
        return KeReadStateSemaphore(self.semaphore)

    async def release_mutex(self, who):
        try:
            return await KeReleaseMutex(self.mutex, False)
        except EXCEPTION_RECORD as raised:
            return raised.ExceptionCode

    def acquire_lock(self, who=None):
        return ExAcquireFastMutex(self.lock)

    def try_lock(self, who):
        return ExTryToAcquireFastMutex(self.lock)

    def release_lock(self, who):
        return ExReleaseFastMutex(self.lock)

    def read_mutex(self, who):
        return KeReadStateMutex(self.mutex)

    def alert(self, who, name):
        return KeAlertThread(self.object(name), KernelMode)

    async def named(self, who):
        handle = self.named_handle if who is None else self.fresh[who]
        self.named_event = await IoCreateNotificationEvent(UNICODE_STRING("\\BaseNamedObjects\\E"), handle)
        return str(self.named_event)

    def refer(self, who):
        pointer = self.pointer if who is None else PVOID()
        return ObReferenceObjectByHandle(self.named_handle, SYNCHRONIZE, ExEventObjectType, KernelMode, pointer, None)

    def give_back(self, who):
        return ObDereferenceObject(self.pointer) if self.pointer.Object else KeReadStateEvent(self.events["M"])

    def close_named(self, who):
        return ZwClose(self.named_handle)

    def reset_named(self, who):
        return KeResetEvent(self.pointer if self.pointer.Object else self.events["M"])

    def set_named(self, who):
        return KeSetEvent(self.pointer if self.pointer.Object else self.events["M"], IO_NO_INCREMENT, False)

    def create(self, who, path, *arguments):
        return create(self.fresh[who], f"\\??\\{path}", *arguments)

    async def create_read_only(self, who, path, disposition):
        io = IO_STATUS_BLOCK()
        return await ZwCreateFile(
            self.fresh[who], DELETE, attributes_of(f"\\??\\{path}"), io, None, FILE_ATTRIBUTE_READONLY, 7, disposition,
            FILE_SYNCHRONOUS_IO_NONALERT, None, 0,
        ), io.Information  # fmt: skip

    def open(self, who, path, *arguments):
        return open_file(self.fresh[who], f"\\??\\{path}", *arguments)

    def write(self, who, slot, length):
        return write(self.handles[slot], length)

    def write_at(self, who, slot, offset):
        where = LARGE_INTEGER(offset)
        return ZwWriteFile(self.handles[slot], None, None, None, IO_STATUS_BLOCK(), b"at", 2, where, None)

    async def read(self, who, slot):
        buffer, io = bytearray(3), IO_STATUS_BLOCK()
        return await ZwReadFile(self.handles[slot], None, None, None, io, buffer, 3, None, None), bytes(buffer)

    def rename(self, who, slot, path, replace):
        return rename(self.handles[slot], f"\\??\\{path}", replace)

    def rename_here(self, who, slot, name, replace):
        return rename(self.handles[slot], name, replace)

    def delete(self, who, slot, doomed):
        request = FILE_DISPOSITION_INFORMATION(doomed)
        return ZwSetInformationFile(self.handles[slot], IO_STATUS_BLOCK(), request, 1, FileDispositionInformation)

    def query(self, who, slot):
        return standard_information(self.handles[slot])

    def close(self, who, slot):
        return close(self.handles[slot])

    # -- what may be compared

    def footprint(self, choice):
        """Cell -> does the call write it?"""
        routine, arguments, _, _ = choice.call
        self.kernel.current = choice
        cells = {}
        for cell, writes in routine.footprint(self.kernel, *arguments):
            cells[cell] = cells.get(cell, False) or writes
        return cells

    def after(self, order):
        try:
            for thread in order:
                self.kernel.step(thread)
        except BugCheck as stopped:
            return stopped.code
        return self.results(), self.state()

    def results(self):
        return {name: puppet.results for name, puppet in self.stage.puppets.items()}

    def state(self):
        waits = {
            one.name: Counter(names) if one.Header.Type in (NotificationEvent, THREAD_OBJECT) else names
            for one in [
                *self.events.values(),
                self.semaphore,
                self.mutex,
                self.lock,
                *self.kernel.threads,
                *self.kernel.named.values(),
            ]
            for names in [[(block.Thread.name, block.WaitKey) for block in one.Header.WaitListHead]]
        }
        waits["time-outs"] = Counter(pending.name for pending in self.kernel.pending())
        opens = {
            value: (opened.file.path, opened.granted, opened.shared, opened.position)
            for value, opened in self.kernel.handles.items()
            if isinstance(opened, Open)
        }
        files = {
            file.path.upper(): (
                file.directory, file.contents(), file.delete_pending, file.read_only,
                Counter((o.granted, o.shared) for o in file.opens),
            )
            for file in self.kernel.volume
        }  # fmt: skip
        signals = {
            one.name: (one.Header.Type, one.Header.SignalState)
            for one in [*self.events.values(), self.semaphore, *self.kernel.threads, *self.kernel.named.values()]
        }
        mutexes = [(one.Header.SignalState, one.owner and one.owner.name) for one in (self.mutex, self.lock)]
        threads = {
            thread.name: (
                thread.State, thread.WaitStatus, thread.call[0].name, thread.Alerted, len(thread.WaitBlocks),
                len(thread.MutantListHead),
                thread.Irql,
            )
            for thread in self.kernel.threads
        }  # fmt: skip
        signals["references"] = {one.name: count for one, count in self.kernel.references.items()}
        handles = [handle.value for handle in self.fresh]
        return waits, opens, files, signals, mutexes, threads, handles


def conflict(one, other):
    return any(one[cell] or other[cell] for cell in one.keys() & other.keys())


def test_calls_that_share_no_cell_commute():
    met = Counter()

    @settings(max_examples=size(150, 600))
    @given(states, st.tuples(a_call, a_call))
    def either_order_will_do(state, calls):
        one, other = World(state, calls), World(state, calls)
        conflicts = conflict(*map(one.footprint, one.threads))
        met[conflicts] += 1
        if not conflicts:
            assert one.after(one.threads) == other.after(other.threads[::-1])

    either_order_will_do()
    assert met[False] >= size(75, 300)
    assert met[True] >= 30


@settings(max_examples=size(75, 300))
@given(states, on_events | on_objects)
def test_a_time_out_that_shares_no_cell_with_a_call_commutes_with_it(state, call):
    calls = call, ("KeReadStateEvent", "M")
    one, other = World(state, calls), World(state, calls)
    choices = [(world.threads[0], world.kernel.ready()[-1]) for world in (one, other)]
    if isinstance(choices[0][1], KTHREAD) or conflict(*map(one.footprint, choices[0])):
        return
    assert one.after(choices[0]) == other.after(choices[1][::-1])


# -- the mistakes that a footprint must not make, one by one -----------------------------------------------------------


def footprints(setup, *calls):
    """The cells of two calls, made by T0 and T1 after T0 has done what `setup` says."""
    world = World(
        {
            "events": [0] * 4,
            "waiters": [],
            "count": 0,
            "owner": None,
            "times": 1,
            "lock": None,
            "wanted": False,
            "alerted": None,
            "named": "",
            "files": PATHS[:1],
            "opens": [None] * 4,
            "doomed": None,
            **setup,
        },
        calls,
    )
    return [world.footprint(thread) for thread in world.threads]


def test_arrivals_commute_at_a_notification_event_and_not_at_a_synchronization_event():
    assert not conflict(*footprints({}, ("wait", "M", None), ("wait", "M", None)))
    assert conflict(*footprints({}, ("wait", "S", None), ("wait", "S", None)))


def test_the_owner_s_release_of_a_mutex_conflicts_with_a_wait_for_it_and_that_of_another_is_a_mere_look():
    owned = {"owner": "T0"}
    assert conflict(*footprints(owned, ("release_mutex",), ("wait_for", ["X"], WaitAny, None, False)))
    assert not conflict(*footprints({"owner": "W0"}, ("release_mutex",), ("read_mutex",)))
    assert not conflict(*footprints(owned, ("read_mutex",), ("wait_for", ["X"], WaitAny, 0, False)))


def test_an_attempt_at_a_fast_mutex_that_another_owns_is_a_mere_look():
    assert not conflict(*footprints({"lock": "W0"}, ("try_lock",), ("try_lock",)))
    assert conflict(*footprints({"lock": "T1"}, ("try_lock",), ("release_lock",)))
    assert conflict(*footprints({}, ("try_lock",), ("acquire_lock",)))


def test_the_last_release_of_a_mutex_meets_what_its_waiter_leaves():
    setup = {"waiters": [("wait_for", ["X", "C"], WaitAny, None, False)]}
    assert conflict(*footprints({"owner": "T0", **setup}, ("release_mutex",), ("count",)))
    assert not conflict(*footprints({"owner": "T0", "times": 2, **setup}, ("release_mutex",), ("count",)))


def test_setting_a_signaled_event_is_a_mere_look():
    assert not conflict(*footprints({"events": [1] * 4}, ("KeSetEvent", "M"), ("KeReadStateEvent", "M")))
    assert conflict(*footprints({}, ("KeSetEvent", "M"), ("KeReadStateEvent", "M")))


def test_initialising_an_event_conflicts_with_all_that_looks_at_it_and_with_nothing_else():
    initialise = "initialise", "S", SynchronizationEvent, False
    for call in [*((name, "S") for name in ON_ONE_EVENT), ("wait", "S", None), ("wait", "S", 0), initialise]:
        assert conflict(*footprints({}, initialise, call))
        assert not conflict(*footprints({}, ("initialise", "T", SynchronizationEvent, False), call))


def test_a_refused_open_commutes_with_a_write():
    setup = {"opens": [("C:\\Temp\\a", FILE_WRITE_DATA, 0), None, None, None]}
    assert not conflict(*footprints(setup, ("write", 0, 3), ("open", "C:\\Temp\\a", ALL, 3)))
    assert conflict(*footprints(setup, ("close", 0), ("open", "C:\\Temp\\a", ALL, 3)))


def test_a_create_and_the_open_that_would_find_its_file_do_not_commute():
    assert conflict(*footprints({}, ("create", "C:\\Temp\\b", ALL, 0, 5), ("open", "C:\\Temp\\b", ALL, 3)))


def test_a_rename_looks_at_who_has_the_targets_directory_open():
    setup = {"opens": [("C:\\Temp\\a", ALL, 7), None, ("C:\\Temp2", FILE_READ_DATA, 0), None]}
    assert conflict(*footprints(setup, ("rename", 0, "C:\\Temp2\\a", True), ("close", 2)))


def test_whether_a_directory_can_be_deleted_depends_on_what_is_made_in_it():
    setup = {"opens": [("C:\\Temp2", DELETE, 7), None, None, None]}
    assert conflict(*footprints(setup, ("delete", 0, True), ("create", "C:\\Temp2\\a", ALL, 0, 2)))


def test_two_threads_that_read_through_one_handle_share_its_position():
    setup = {"opens": [("C:\\Temp\\a", FILE_READ_DATA, 7), None, None, None]}
    assert conflict(*footprints(setup, ("read", 0), ("read", 0)))


def test_the_order_in_which_threads_are_created_is_their_number():
    async def routine(_):
        pass

    handle = HANDLE()
    stage = Stage()
    stage.enter("T0", [lambda: PsCreateSystemThread(handle, 0, None, None, None, routine, None)])
    stage.kernel.current = stage.puppets["T0"].thread
    called, arguments, _, _ = stage.kernel.current.call
    assert (("threads", None), True) in called.footprint(stage.kernel, *arguments)
