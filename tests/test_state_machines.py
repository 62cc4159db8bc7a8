"""The dispatcher objects and the volume against second models that are simple on purpose, one random call at a time.

After each call both must agree on all that there is to see. That the machines see enough is shown by mutants: objects
and volumes with one mistake each, of which none passes.
"""

import ast
from pathlib import Path

import models
import pytest
from hypothesis import Phase, Verbosity, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from models import APPEND, ATTRIBUTES, EXECUTE, READ, WRITE
from readme import mutants_in
from sizes import part, size

import kevent_sim
from kevent_sim.machine import dispatcher, files, options, satisfying, waits
from kevent_sim.machine.files import AT_END, AT_POSITION
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.volume import Volume
from kevent_sim.ntifs import *
from kevent_sim.routines import ex

# -- dispatcher objects ------------------------------------------------------------------------------------------------

SYNCHRONIZATION, NOTIFICATION, LIMITS, MUTEXES, LOCK = ["S", "T"], ["N"], {"C": 2}, ["M"], "F"
PRIORITIES = {"T0": 8, "T1": 8, "T2": 12, "T3": 14, "T4": 16}
NEVER_WAITS, END = "T0", ["T1", "T2"]  # somebody can always go on
EVENTS, THREADS = [*SYNCHRONIZATION, *NOTIFICATION], list(PRIORITIES)
who = st.integers(0, 4)
increment = st.sampled_from([0, 1, 8])
signals = st.sampled_from(
    [(kind, event) for kind in ("set", "set", "pulse", "reset", "clear", "read") for event in EVENTS]
    + [(adjustment, "C") for adjustment in (1, 1, 2, 2)]
    + [("give back", "M"), ("give back", "M"), ("read", "M")]
)
waited_for = st.sampled_from(["S", "S", "T", "N", "C", "C", "M", "M", *END])
how = st.sampled_from(  # time-out, mode, alertable
    [
        *[(None, KernelMode, False)] * 3,
        *[(0, KernelMode, False), (3, KernelMode, False), (20, UserMode, False)],
        *[(None, KernelMode, True), (20, UserMode, True), (0, UserMode, True)],
    ]
)


class Player:
    """A thread that makes whatever call it is told to; between two of them it stands before a call without effect."""

    def __init__(self, kernel, name):
        self.results, self.told = [], None
        self.thread = kernel.create_thread(name, self.play(), PRIORITIES[name])

    async def play(self):
        while True:
            await KeGetCurrentThread()
            if self.told is None:
                return
            try:
                self.results.append(await self.told())
            except EXCEPTION_RECORD as raised:
                self.results.append(raised.ExceptionCode)


class DispatcherObjects(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.kernel = Kernel(Volume())
        self.model = models.Machine(NOTIFICATION, SYNCHRONIZATION, LIMITS, PRIORITIES, MUTEXES, [LOCK])
        self.objects = {name: KEVENT(name) for name in EVENTS} | {
            "C": KSEMAPHORE("C"),
            "M": KMUTEX("M"),
            LOCK: FAST_MUTEX(LOCK),
        }
        for name in EVENTS:
            self.objects[name].initialise(NotificationEvent if name in NOTIFICATION else SynchronizationEvent, False)
        self.players = {name: Player(self.kernel, name) for name in THREADS}
        self.objects |= {name: player.thread for name, player in self.players.items()}
        self.results = {name: [] for name in THREADS}
        self.kernel.references.update(dict.fromkeys(self.kernel.threads, 1))
        self.now, self.woken = 0, len(self.kernel.trace.wakes)
        self.makes(NEVER_WAITS, lambda: KeInitializeSemaphore(self.objects["C"], 0, LIMITS["C"]))
        self.makes(NEVER_WAITS, lambda: KeInitializeMutex(self.objects["M"], 0))
        self.makes(NEVER_WAITS, lambda: ExInitializeFastMutex(self.objects[LOCK]))
        self.results[NEVER_WAITS] += [None] * 3

    def step(self, choice):
        self.kernel.step(choice)
        self.now += 1

    def makes(self, name, call):
        """Let a thread make a call, or end."""
        player = self.players[name]
        player.told = call
        self.step(player.thread)
        self.step(player.thread)

    def free(self, number, among=THREADS):
        """One of some threads that can make a call. If it has still to return from a wait it does that: None."""
        able = [name for name in among if name not in self.model.ended and name not in self.model.blocked]
        name = able[number % len(able)] if able else None
        if name in self.model.woken:
            self.step(self.players[name].thread)
            self.gets(name, self.model.go_on(name))
            return None
        return name

    def gets(self, name, result):
        if result is not None:
            self.results[name].append(None if self.model.waits[name]["names"] == [LOCK] else result)

    @rule(number=who, signal=signals, increment=increment)
    def signal(self, number, signal, increment):
        name, (kind, target) = self.free(number), signal
        if name is None:
            return
        Object, model = self.objects[target], self.model
        match kind:
            case "set" | "pulse":
                routine = KeSetEvent if kind == "set" else KePulseEvent
                self.makes(name, lambda: routine(Object, increment, False))
                result = getattr(model, kind)(target, increment)
            case "reset" | "clear":
                self.makes(name, lambda: (KeResetEvent if kind == "reset" else KeClearEvent)(Object))
                before = model.reset(target)
                result = before if kind == "reset" else None
            case "read":
                self.makes(name, lambda: (KeReadStateMutex if target in MUTEXES else KeReadStateEvent)(Object))
                result = model.state[target]
            case "give back":
                self.makes(name, lambda: KeReleaseMutex(Object, False))
                result = model.give_back(name, target)
            case adjustment:
                self.makes(name, lambda: KeReleaseSemaphore(Object, increment, adjustment, False))
                result = model.release(target, increment, adjustment)
        self.results[name].append(result)

    @rule(number=who, name=waited_for, how=how)
    def wait_for_one(self, number, name, how):
        routine = lambda *rest: KeWaitForSingleObject(self.objects[name], Executive, *rest)  # noqa: E731
        self.wait(number, [name], False, how, routine)

    @rule(number=who, names=st.lists(waited_for, min_size=1, max_size=4), for_all=st.booleans(), how=how)
    def wait_for_several(self, number, names, for_all, how):
        names = list(dict.fromkeys(names)) if for_all else names
        listed = [self.objects[name] for name in names]
        blocks = [KWAIT_BLOCK() for _ in names] if len(names) > 3 else None
        kind = WaitAll if for_all else WaitAny
        routine = lambda *rest: KeWaitForMultipleObjects(len(names), listed, kind, Executive, *rest, blocks)  # noqa: E731
        self.wait(number, names, for_all, how, routine)

    def wait(self, number, names, for_all, how, routine):
        name = self.free(number, [one for one in THREADS if one != NEVER_WAITS])
        if name is not None:
            timeout, mode, alertable = how
            mode = KernelMode if "M" in names else mode  # its page says that it must
            self.makes(name, lambda: routine(mode, alertable, None if timeout is None else LARGE_INTEGER(-timeout)))
            self.gets(name, self.model.wait(name, names, for_all, alertable, mode, timeout, self.now - 1))

    @rule(number=who, kind=st.sampled_from(["acquire", "attempt", "let go", "let go"]))
    def on_the_lock(self, number, kind):
        lock, model = self.objects[LOCK], self.model
        name = self.free(number, [one for one in THREADS if one != NEVER_WAITS or kind != "acquire"])
        match name and kind:
            case "acquire":
                self.makes(name, lambda: ExAcquireFastMutex(lock))
                self.gets(name, model.acquire(name, LOCK, self.now - 1))
            case "attempt":
                self.makes(name, lambda: ExTryToAcquireFastMutex(lock))
                self.results[name].append(model.attempt(name, LOCK))
            case "let go" if model.owner[LOCK] == name:
                self.makes(name, lambda: ExReleaseFastMutex(lock))
                self.results[name].append(model.let_go(name, LOCK))

    @rule(number=who, other=who, kind=st.sampled_from(["alert", "alert", "delay", "end", "time-out", "time-out"]))
    def otherwise(self, number, other, kind):
        if kind == "time-out":
            self.expire(number)
        elif kind == "delay":
            how = 3 * other, other % 2, number % 2 == 1
            self.wait(number, [], False, how, KeDelayExecutionThread)
        elif kind == "alert" and (name := self.free(number)):
            self.makes(name, lambda: KeAlertThread(self.objects[THREADS[other]], number % 2))
            self.results[name].append(self.model.alert(THREADS[other], number % 2))
        elif kind == "end" and (
            name := self.free(number, [one for one in END if one not in self.model.owner.values()])
        ):
            self.makes(name, None)
            self.model.end(name)

    def expire(self, number):
        if pending := self.model.time_outs():
            number %= len(pending)
            self.step(self.kernel.pending()[number])
            self.now = max(self.now, self.model.expire(pending[number]) + 1)
            assert self.kernel.now == self.now

    @invariant()
    def both_agree(self):
        model = self.model
        assert {name: player.results for name, player in self.players.items()} == self.results
        for name, Object in self.objects.items():
            assert Object.Header.SignalState == model.state[name], name
            assert (Object.owner and Object.owner.name) == model.owner.get(name), name
            queue = [(block.Thread.name, block.WaitKey) for block in Object.Header.WaitListHead]
            assert queue == model.queue[name], name
        assert [thread.name for _, thread in self.kernel.trace.wakes[self.woken :]] == model.news
        assert [(one.name, one.due) for one in self.kernel.pending()] == [
            (name, model.due[name]) for name in model.time_outs()
        ]
        for name, player in self.players.items():
            thread = player.thread
            assert thread.State.name == (
                "Terminated" if name in model.ended else "Waiting" if name in model.blocked else "Ready"
            )
            assert (thread.Priority, thread.Irql) == (model.priority[name], model.irql[name])
            assert {one.name for one in thread.MutantListHead} == {one for one in MUTEXES if model.owner[one] == name}
            assert {(name, mode) for mode in (0, 1) if thread.Alerted[mode]} == {
                alert for alert in model.alerts if alert[0] == name
            }


# -- the volume --------------------------------------------------------------------------------------------------------

path = st.sampled_from(["C:\\Temp\\a", "C:\\Temp\\b", "C:\\TEMP\\A", "C:\\Temp2\\a", "C:\\Temp2\\c", "C:\\Gone\\a"])
access = st.lists(
    st.sampled_from([READ, WRITE, WRITE, APPEND, EXECUTE, ATTRIBUTES, DELETE, DELETE]), min_size=1, max_size=3
).map(lambda bits: sum(set(bits)))
share = st.sampled_from([0, 1, 2, 3, 4, 5, 6, 7, 7, 7])
data = st.sampled_from([b"", b"x", b"yz", b"three"])
offset = st.sampled_from([AT_END, AT_END, AT_POSITION, 0, 3])


class Files(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.volume, self.model = Volume(), models.Disk()
        self.opens = []  # (ours, the model's), one a handle

    @rule(path=path, access=access, share=share, disposition=st.integers(0, 5))
    def create(self, path, access, share, disposition):
        *expected, modelled = self.model.create(path, access, share, disposition)
        *found, opened = self.volume.create(f"\\??\\{path}", access, share, disposition)
        assert found == expected
        assert (opened is None) == (modelled is None)
        if opened is not None:
            self.opens.append((opened, modelled))

    def through(self, number, operation):
        if self.opens:
            number %= len(self.opens)
            ours, theirs = operation(*self.opens[number])
            assert ours == theirs
            return self.opens[number]
        return None

    @rule(number=who, data=data, offset=st.none() | offset)
    def write(self, number, data, offset):
        self.through(number, lambda ours, theirs: (ours.write(data, offset), self.model.write(theirs, data, offset)))

    @rule(number=who, length=st.integers(0, 3), offset=st.none() | offset)
    def read(self, number, length, offset):
        self.through(number, lambda ours, theirs: (ours.read(length, offset), self.model.read(theirs, length, offset)))

    @rule(number=who, path=path | st.sampled_from(["a", "B", "c"]), replace=st.booleans())
    def rename(self, number, path, replace):
        name = f"\\??\\{path}" if "\\" in path else path  # a simple name stays in the file's directory
        self.through(
            number,
            lambda ours, theirs: (self.volume.rename(ours, name, replace), self.model.rename(theirs, path, replace)),
        )

    @rule(number=who, doomed=st.sampled_from([True, True, False]))
    def delete(self, number, doomed):
        self.through(
            number, lambda ours, theirs: (self.volume.set_disposition(ours, doomed), self.model.doom(theirs, doomed))
        )

    @rule(number=who)
    def close(self, number):
        closed = self.through(number, lambda ours, theirs: (self.volume.close(ours), self.model.close(theirs)))
        if closed:
            self.opens.remove(closed)

    @invariant()
    def both_agree(self):
        listing = {path.upper(): contents for path, contents in self.volume.contents()}
        assert listing == {name: entry.data for name, entry in self.model.entries.items()}
        for ours, theirs in self.opens:
            assert self.model.entries[ours.file.path.upper()] is theirs.entry


# -- theorems ----------------------------------------------------------------------------------------------------------

HISTORIES = size(100, 2000)


def test_dispatcher_objects_do_what_the_simple_model_does():
    run_state_machine_as_test(DispatcherObjects, settings=settings(max_examples=HISTORIES, stateful_step_count=20))


def test_the_volume_does_what_the_simple_model_does():
    run_state_machine_as_test(Files, settings=settings(max_examples=HISTORIES, stateful_step_count=15))


def callers(name):
    """The functions of the package that call a function of this name, as module.function."""
    found = []
    for file in sorted(Path(kevent_sim.__file__).parent.rglob("*.py")):
        text = file.read_text("utf-8")
        for function in ast.walk(ast.parse(text)) if name in text else ():
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                called = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
                found += [f"{file.stem}.{function.name}" for one in called if getattr(one, "id", "") == name]
    return found


def test_a_wait_is_satisfied_in_one_place():
    assert callers("satisfy") == ["satisfying.satisfy_wait"]
    # By the signal that releases a waiter, and by a waiter that tests its own objects: as it begins, or is woken to.
    assert callers("satisfy_wait") == ["satisfying.release", "waits._test"]


# -- mutants of the dispatcher objects ---------------------------------------------------------------------------------

satisfy, satisfy_wait, unlink = satisfying.satisfy, satisfying.satisfy_wait, satisfying.unlink


def releasing(first=lambda waits: waits[0], all_take=False, all_stop=False, leave=unlink, spare=0, most=100):
    """`release`, with mistakes to choose."""

    def release(Object):
        waits, released = Object.Header.WaitListHead, []
        while waits and Object.Header.SignalState > -spare * (Object.Header.Type == 5) and len(released) < most:
            block = first(waits)
            if all_stop and block.WaitType == WaitAll:
                break
            if block.WaitType == WaitAny or all_take:
                satisfy(Object, block.Thread)
            leave([one for one in block.Thread.WaitBlocks if leave is unlink or one.Object is Object])
            waits[:] = [one for one in waits if one.Thread is not block.Thread]
            released.append(block)
        return released

    return "release", release


def forgets_the_others(blocks):
    """The caller has given the blocks of one object only."""


def satisfying_with(**how):
    """`satisfy`, but that an object of some kind, by its Type, is left with another state."""

    def mutant(Object, thread):
        if str(Object.Header.Type) in how:
            Object.Header.SignalState = how[str(Object.Header.Type)](Object.Header.SignalState)
        else:
            satisfy(Object, thread)

    return "satisfy", mutant


def takes_every_signaled_object(Objects, WaitType, thread):
    signaled = [Object for Object in Objects if Object.Header.SignalState > 0]
    index = satisfy_wait(Objects, WaitType, thread)
    if WaitType == WaitAny:
        for Object in dict.fromkeys(signaled):
            if Object.Header.SignalState > 0 and Object is not Objects[index]:
                satisfy(Object, thread)
    return index


def takes_what_is_there(Objects, WaitType, thread):
    index = satisfy_wait(Objects, WaitType, thread)
    if WaitType == WaitAll and index is None:
        for Object in Objects:
            if Object.Header.SignalState > 0:
                satisfy(Object, thread)
    return index


def takes_the_last(Objects, WaitType, thread):
    if WaitType == WaitAll:
        return satisfy_wait(Objects, WaitType, thread)
    index = satisfy_wait(Objects[::-1], WaitType, thread)
    return None if index is None else len(Objects) - 1 - index


OBJECT_MUTANTS = {
    "a synchronization event keeps its signal": satisfying_with(**{"1": lambda state: state}),
    "a satisfied wait resets a notification event": satisfying_with(**{"0": lambda state: 0}),
    "a satisfied wait takes all that a semaphore has": satisfying_with(**{"5": lambda state: 0}),
    "a wait for a thread's end takes the signal": satisfying_with(**{"6": lambda state: 0}),
    "waiters are served last first": releasing(first=lambda waits: waits[-1]),
    "a signal releases one waiter only": releasing(most=1),
    "a semaphore releases one too many": releasing(spare=1),
    "a wait-all takes the signal that wakes it": releasing(all_take=True),
    "a wait-all at the head keeps others from the signal": releasing(all_stop=True),
    "a released waiter stays on the other lists": releasing(leave=forgets_the_others),
    "a wait-any takes every signaled object": ("satisfy_wait", takes_every_signaled_object),
    "a wait-any takes the last signaled object": ("satisfy_wait", takes_the_last),
    "a wait-all takes what is there though one is missing": ("satisfy_wait", takes_what_is_there),
    "a wait-all is satisfied by one object": (
        "satisfy_wait",
        lambda Objects, WaitType, thread: satisfy_wait(Objects, WaitAny, thread),
    ),
    "a mutex that is taken has no owner": satisfying_with(**{"2": lambda state: 0}),
    "a mutex is not its owner's twice": ("satisfiable", lambda Object, thread: Object.Header.SignalState > 0),
    "who owns a fast mutex stays at its own IRQL": ("APC_LEVEL", PASSIVE_LEVEL),
    "a mutex is anybody's": (
        "satisfiable",
        lambda Object, thread: Object.Header.SignalState > 0 or Object.Header.Type == 2,
    ),
    "who times out or is alerted stays on the lists": ("unlink", lambda blocks: None),
}


def disagrees(machine):
    """Does a state machine come to see something else in the package than in the model? It stops where it does; any
    other error is one of the test."""
    quick = settings(
        max_examples=2000, stateful_step_count=20, phases=[Phase.generate], verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
    )  # fmt: skip
    try:
        run_state_machine_as_test(machine, settings=quick)
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize("mutant", part(OBJECT_MUTANTS))
def test_a_mutant_of_the_dispatcher_objects_is_caught_by_what_it_does(mutant, monkeypatch):
    name, function = OBJECT_MUTANTS[mutant]
    for module in (dispatcher, waits) if name == "unlink" else (satisfying, dispatcher, waits, ex):
        if hasattr(module, name):
            monkeypatch.setattr(module, name, function)
    assert disagrees(DispatcherObjects)


# -- mutants of the volume ---------------------------------------------------------------------------------------------

File, Open, wants = files.File, files.Open, files._wants
create, rename, write = Volume.create, Volume.rename, Open.write


def file_of(volume, name):
    return volume.find(name.removeprefix("\\??\\"))


def a_refused_open_truncates(self, name, access, share, disposition):
    made = create(self, name, access, share, disposition)
    if made[0] == STATUS_SHARING_VIOLATION and disposition in (FILE_SUPERSEDE, FILE_OVERWRITE, FILE_OVERWRITE_IF):
        file_of(self, name).truncate()
    return made


def an_overwrite_keeps_the_contents(self, name, access, share, disposition):
    file = file_of(self, name)
    kept = file.contents() if file is not None else b""
    made = create(self, name, access, share, disposition)
    if made[1] == FILE_OVERWRITTEN:
        file.write(0, kept)
    return made


def replacing_implies_no_access(self, name, access, share, disposition):
    file = file_of(self, name)
    made = create(self, name, access, share, FILE_OPEN if file and disposition != FILE_CREATE else disposition)
    if file and made[2] and disposition in (FILE_SUPERSEDE, FILE_OVERWRITE, FILE_OVERWRITE_IF):
        file.truncate()
        return made[0], options.FOUND[disposition], made[2]
    return made


def rename_leaves_the_old_name(self, opened, target, replace):
    old = opened.file.path.upper()
    status = rename(self, opened, target, replace)
    self._names.setdefault(old, opened.file)
    return status


def rename_replaces_an_open_target(self, opened, target, replace):
    there = file_of(self, target)
    kept = there.opens if there is not None and there is not opened.file else []
    others, kept[:] = kept[:], []
    status = rename(self, opened, target, replace)
    kept[:] = others
    return status


def rename_never_replaces(self, opened, target, replace):
    return rename(self, opened, target, False)


def a_deleted_file_goes_at_once(self, opened, delete):
    if delete and opened.granted & DELETE:
        self._names.pop(opened.file.path.upper(), None)
    return STATUS_SUCCESS if opened.granted & DELETE else STATUS_ACCESS_DENIED


def close_leaves_the_share_record(self, opened):
    return False


def an_append_goes_where_the_handle_stands(self, data, offset):
    appends, self.granted = self.granted, self.granted | WRITE if self.granted & APPEND else self.granted
    status = write(self, data, offset)
    self.granted = appends
    return status


def a_write_leaves_the_position(self, data, offset):
    position = self.position
    status = write(self, data, offset)
    self.position = position
    return status


def an_end_of_file_is_where_the_handle_stands(self, data, offset):
    return write(self, data, None if offset == AT_END else offset)


def shared_position():
    positions = {}
    return property(
        lambda opened: positions[opened.file], lambda opened, value: positions.__setitem__(opened.file, value)
    )


VOLUME_MUTANTS = {
    "a refused open truncates": (Volume, "create", a_refused_open_truncates),
    "an overwrite keeps the contents": (Volume, "create", an_overwrite_keeps_the_contents),
    "replacing a file asks for no access to it": (Volume, "create", replacing_implies_no_access),
    "the share check ignores delete": (files, "_wants", lambda granted: wants(granted) & ~FILE_SHARE_DELETE),
    "the share check counts who wants attributes only": (files, "_wants", lambda granted: wants(granted) or 1),
    "the share check asks only the newcomer": (
        File,
        "admits",
        lambda file, granted, shared: not any(wants(granted) & ~other.shared for other in file.opens),
    ),
    "a rename leaves the old name": (Volume, "rename", rename_leaves_the_old_name),
    "a rename replaces an open target": (Volume, "rename", rename_replaces_an_open_target),
    "a rename never replaces": (Volume, "rename", rename_never_replaces),
    "a file to be deleted goes at once": (Volume, "set_disposition", a_deleted_file_goes_at_once),
    "a closed handle's share record stays": (Volume, "close", close_leaves_the_share_record),
    "an append goes where the handle stands": (Open, "write", an_append_goes_where_the_handle_stands),
    "a write leaves the handle's position": (Open, "write", a_write_leaves_the_position),
    "a write to the end goes where the handle stands": (Open, "write", an_end_of_file_is_where_the_handle_stands),
    "handles of a file share one position": (Open, "position", shared_position()),
}


@pytest.mark.parametrize("mutant", part(VOLUME_MUTANTS))
def test_a_mutant_of_the_volume_is_caught_by_what_it_does(mutant, monkeypatch):
    monkeypatch.setattr(*VOLUME_MUTANTS[mutant])
    assert disagrees(Files)


def test_the_readme_counts_the_mutants():
    assert mutants_in(__file__) == len(OBJECT_MUTANTS) + len(VOLUME_MUTANTS)
