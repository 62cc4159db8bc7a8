"""Every run is a fresh load: it does what it would do if the driver's file, or cell, had just been executed anew.

That is the oracle throughout: the same text, executed in a new namespace.
"""

import linecache
import re
import sys
import types
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext, suppress
from itertools import count
from textwrap import indent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import part, size

import kevent_sim as ks
from kevent_sim.ntifs import *
from kevent_sim.runs import image, library, places, reached
from kevent_sim.runs.names import Steady
from kevent_sim.runs.stepping import Stepper
from kevent_sim.runs.subject import Subject

# kind -> what a module keeps, what a thread does with it, and how many more calls the thread makes then.
KEPT = {
    "a name": ("Stop = 0", "global Stop; Stop += 1", "Stop"),
    "a name made by the run": ("", "global New; New = 1 + ('New' in globals())", "New"),
    "a name that the run deletes": ("Old = 1", "global Old; there = 'Old' in globals(); Old = 1; del Old", "there"),
    "a name rebound unseen": ("Stop = 0", "globals()['Stop'] = Stop + 1", "Stop"),
    "a list": ("Log = []", "Log.append(1)", "len(Log)"),
    "a list rebound": ("Log = []", "global Log; Log = [*Log, 1]", "len(Log)"),
    "a dict": ("Table = {'a': 1}", "Table[len(Table)] = 1", "len(Table)"),
    "a dict's order": ("Table = {0: 0, 2: 2}", "first = next(iter(Table)); Table[0] = Table.pop(0)", "first"),
    "a set": ("Members = {1}", "Members.add(len(Members) + 1)", "len(Members)"),
    "a set's order": ("Members = {0, 8}", "first, last = Members; Members.clear(); Members.update((last, first))",
                      "first"),
    "a deque": ("Queue = deque([1, 2, 3])", "Queue.popleft()", "len(Queue)"),
    "a bytearray": ("Data = bytearray(2)", "Data[0] += 1", "Data[0]"),
    "a defaultdict": ("Table = defaultdict(list)", "Table[0].append(1)", "len(Table[0])"),
    "containers in containers": ("Table = {'a': ([set()],)}", "Table['a'][0][0].add(len(Table['a'][0][0]))",
                                 "len(Table['a'][0][0])"),
    "a list in itself": ("Log = []; Log.append(Log)", "Log.append(Log)", "len(Log)"),
    "an attribute": ("class Of: pass\nOne = Of(); One.n = 0", "One.n += 1", "One.n"),
    "an attribute in a slot": ("class Of:\n    __slots__ = ('n',)\nOne = Of()",
                               "One.n = getattr(One, 'n', 0) + 1", "One.n"),
    "a library's attribute": ("One = types.SimpleNamespace(n=0)", "One.n += 1", "One.n"),
    "a class's attribute": ("class Of:\n    n = 0", "Of.n += 1", "Of.n"),
    "a class's new attribute": ("class Of: pass", "Of.n = getattr(Of, 'n', 0) + 1", "Of.n"),
    "a base's list": ("class Base:\n    log = []\nclass Of(Base): pass\nOne = Of()", "One.log.append(1)",
                      "len(One.log)"),
    "what a method knows": ("Log = []\nclass Of:\n    def adds(self): Log.append(1)\nOne = Of()", "One.adds()",
                            "len(Log)"),
    "a function's attribute": ("def f(): pass\nf.n = 0", "f.n += 1", "f.n"),
    "a default": ("def f(log=[]):\n    log.append(1)\n    return len(log)", "n = f()", "n"),
    "a function's defaults": ("def f(n=0): return n", "f.__defaults__ = (f() + 1,)", "f()"),
    "an enum member's attribute": ("class Mode(Enum):\n    A = 1", "Mode.A.n = getattr(Mode.A, 'n', 0) + 1",
                                   "Mode.A.n"),
    "a list of a private name": ("class Of:\n    __log__ = []", "Of.__log__.append(1)", "len(Of.__log__)"),
    "a helper's variable": ("def make():\n    n = 0\n    def f():\n        nonlocal n\n        n += 1\n"
                            "        return n\n    return f\nf = make()", "n = f()", "n"),
    "a partial's": ("Log = []\nf = partial(Log.append, 1)", "f()", "len(Log)"),
    "what a property knows": ("Log = []\nclass Of:\n    @property\n    def p(self): Log.append(1)\nOne = Of()",
                              "One.p", "len(Log)"),
    "a library's wrapper": ("Log = []\n@lru_cache\ndef f(n): Log.append(n)", "f(len(Log))", "len(Log)"),
    "a cache": ("Log = []\n@lru_cache\ndef f(): Log.append(1)", "Log.clear(); f()", "len(Log)"),
    "a dict with methods of its own": ("class Of(OrderedDict):\n    def __setitem__(self, key, value): raise KeyError\n"
                                       "One = Of()", "OrderedDict.__setitem__(One, len(One), 1)", "len(One)"),
    "what says it is a function": ("from unittest.mock import Mock\nOne = Mock(spec=len)", "One(1)", "One.call_count"),
    "an iterator made in DriverEntry": ("Given = None", "global Given; Given = Given or iter(range(3)); next(Given, 7)",
                                        "next(Given, 7)"),
    "a structure": ("class S(Structure):\n    n: ULONG\nOne = S()", "One.n = One.n + 1", "One.n"),
    "a structure's event": ("class S(Structure):\n    Done: KEVENT\nOne = S()",
                            "n = 1 + (One.Done.Header.WaitListHead is None); "
                            "await KeInitializeEvent(One.Done, SynchronizationEvent, True)", "n"),
    "an event": ("Event = KEVENT()", "n = 1 + (Event.Header.WaitListHead is None); "
                 "await KeInitializeEvent(Event, SynchronizationEvent, True)", "n"),
    "an event that is signaled": ("Event = KEVENT(); Event.initialise(SynchronizationEvent, True)",
                                  "await KeWaitForSingleObject(Event, Executive, KernelMode, False, None)", "0"),
    "an event that is waited for": ("Event = KEVENT()\nasync def Waits(Context):\n    await KeWaitForSingleObject("
                                    "Event, Executive, KernelMode, False, None)",
                                    "await KeInitializeEvent(Event, NotificationEvent, False); await PsCreate"
                                    "SystemThread(HANDLE(), 0, None, None, None, Waits, None)", "0"),
    "a semaphore": ("Count = KSEMAPHORE(); Count.initialise(0, 2)",
                    "await KeReleaseSemaphore(Count, 0, 1, False)", "Count.Header.SignalState"),
    "a mutex": ("Turn = KMUTEX(); Turn.initialise()",
                "n = (Turn.OwnerThread is None) + Turn.Header.SignalState; await KeWaitForMutexObject("
                "Turn, Executive, KernelMode, False, None)", "n"),
    "a fast mutex": ("Lock = FAST_MUTEX(); Lock.initialise()",
                     "n = (Lock.Owner is None) + Lock.Header.SignalState; await ExAcquireFastMutex(Lock)", "n"),
    "a handle": ("hThread = HANDLE()", "n = hThread.value == 0; "
                 "await PsCreateSystemThread(hThread, 0, None, None, None, Other, None)", "n"),
    "a pointer": ("Thread = PVOID()", "n = Thread.Object is None; Thread.Object = 1", "n"),
    "a wait block": ("Block = KWAIT_BLOCK()", "n = Block.Thread is None; Block.Thread = 1", "n"),
    "a status block": ("isb = IO_STATUS_BLOCK()", "isb.Information += 1", "isb.Information"),
    "a string": ("Name = UNICODE_STRING('')", "Name.Buffer += 'a'", "Name.Length"),
    "an object's class": (
        "class Of: n = 1\nclass Twice(Of): n = 2\nOne = Of()", "n = One.n; One.__class__ = Twice", "n"),
    "a class's bases": ("class A: n = 1\nclass B: n = 2\nclass Of(A): pass", "n = Of.n; Of.__bases__ = (B,)", "n"),
    "a class's own class": ("class A(type): n = 1\nclass B(A): n = 2\nclass Of(metaclass=A): pass",
                            "n = type(Of).n; Of.__class__ = B", "n"),
    "a function's name": ("def f(): pass", "n = len(f.__name__); f.__name__ += 'f'", "n"),
    "a property's functions": ("class Of:\n    @property\n    def p(self): return 1\nOne = Of()",
                               "n = One.p; Of.p.__init__(lambda self: 2)", "n"),
    "an exception's words": ("Error = ValueError(1)", "n = len(Error.args); Error.args = (1, 2)", "n"),
    "what an exception came from": ("Error, Missing = ValueError(1), KeyError(2)",
                                    "n = 1 + (Error.__cause__ is None); Error.__cause__ = Missing", "n"),
    "a structure's fields": ("class S(Structure):\n    a: ULONG", "n = len(S._fields); S._fields['b'] = int", "n"),
    "what a dict makes of a missing key": ("Table = defaultdict(int)",
                                           "Table.clear(); n = Table['a']; Table.default_factory = lambda: 2", "n"),
    "a weak set": ("class Of: pass\nOne = Of()\nAll = weakref.WeakSet()", "n = len(All); All.add(One)", "n"),
    "a weak dict": ("class Of: pass\nOne = Of()\nAll = weakref.WeakValueDictionary()", "n = len(All); All[n] = One",
                    "n"),
    "a dict of weak keys": ("class Of: pass\nOne = Of()\nAll = weakref.WeakKeyDictionary()",
                            "n = len(All); All[One] = n", "n"),
    "a function for each class": ("@singledispatch\ndef f(n): return 1", "n = f(0); f.register(int)(lambda n: 2)", "n"),
    "a text file in memory": ("File = io.StringIO('abc')",
                              "n = len(File.getvalue()); File.seek(0); File.write('abcde'); File.seek(0)", "n"),
    "octets in memory": ("File = io.BytesIO(b'abc')", "n = len(File.getvalue()); File.write(b'abcde'); File.seek(0)",
                         "n"),
    "parameters": ("", "n = PARAMETERS['Fail']; PARAMETERS['Fail'] = 3", "n"),
    "an interval": ("Due = LARGE_INTEGER(1)", "Due.QuadPart += 1", "Due.QuadPart"),
    "a function's documentation": ("def f(): 'a'", "n = len(f.__doc__); f.__doc__ += 'a'", "n"),
    "a function's module": ("def f(): pass\nf.__module__ = 'a'", "n = len(f.__module__); f.__module__ += 'a'", "n"),
    "a function's annotations": ("def f(): pass", "f.__annotations__[str(len(f.__annotations__))] = int",
                                 "len(f.__annotations__)"),
    "a class's name": ("class A: pass", "n = len(A.__name__); A.__name__ += 'a'", "n"),
    "a class's qualified name": ("class A: pass\nA.__qualname__ = 'A'",
                                 "n = len(A.__qualname__); A.__qualname__ += 'a'", "n"),
    "a class's annotations": ("class A: pass", "A.__annotations__[str(len(A.__annotations__))] = int",
                              "len(A.__annotations__)"),
    "how long a deque may be": ("Log = deque(maxlen=9)", "n = 10 - Log.maxlen; Log.__init__((), Log.maxlen - 1)", "n"),
    "notes on an exception record": ("Error = EXCEPTION_RECORD(STATUS_UNSUCCESSFUL)", "Error.add_note('a')",
                                     "len(Error.__notes__)"),
}  # fmt: skip

HEAD = """
import io
import types
import weakref
from collections import OrderedDict, defaultdict, deque
from enum import Enum
from functools import lru_cache, partial, singledispatch
from kevent_sim.ntifs import *
"""
BODY = """PARAMETERS = {{"Fail": 0}}
{start}

async def Other(Context):
    pass

async def Worker(Context):
    {use}
    if Context == 1:
        await KeSetEvent(None, 0, False)
    if Context == 2:
        raise KeyboardInterrupt
    for _ in range({calls}):
        await KeGetCurrentIrql()

async def DriverEntry(DriverObject, RegistryPath):
    Fail = RegistryPath.parameters["Fail"]
    await PsCreateSystemThread(HANDLE(), 0, None, None, None, Worker, Fail)
    return await PsCreateSystemThread(HANDLE(), 0, None, None, None, Other, None)
"""
FACTORY = """
def make():
{body}
    return DriverEntry
PARAMETERS = {{"Fail": 0}}
DriverEntry = make()
"""
each_kind = pytest.mark.parametrize("kind", KEPT)
names = count()


def execute(text, space=None):
    """As a notebook's cell is."""
    space = {"__name__": "__main__"} if space is None else space
    file = f"ipykernel_0/{next(names)}.py"
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
    exec(compile(text, file, "exec"), space)
    return space


def text_of(kind):
    start, use, calls = KEPT[kind]
    return HEAD + BODY.format(start=start, use=use, calls=calls)


def closed(kind):
    """The same, with what it keeps in variables of a function that makes the driver."""
    start, use, calls = KEPT[kind]
    body = BODY.format(start=start, use=use.replace("global", "nonlocal"), calls=calls)
    return HEAD + FACTORY.format(body=indent(body, "    "))


TEXTS = {kind: text_of(kind) for kind in KEPT} | {
    f"{kind}, in a closure": closed(kind) for kind in KEPT if not re.search("run|unseen", kind)
}


def told(run):
    """All that a run was."""
    return (
        str(run.schedule),
        {thread: repr(run.calls(thread)) for thread in run.threads},
        run.waiting,
        str(run.bugcheck),
    )


def anew(text, **options):
    """A run of a driver that was defined just now."""
    return told(ks.run(execute(text)["DriverEntry"], **options))


# -- theorems ----------------------------------------------------------------------------------------------------------


def every_run_is_that_of_a_fresh_load(text):
    driver, fresh = execute(text)["DriverEntry"], anew(text)
    assert [told(ks.run(driver)) for _ in range(3)] == [fresh] * 3


def every_schedule_replays(text):
    driver = execute(text)["DriverEntry"]
    first = ks.run(driver)
    assert told(ks.run(driver, policy=ks.Replay(first.schedule)))[1:] == told(first)[1:]


def an_exploration_after_a_run_is_that_of_a_fresh_load(text):
    driver = execute(text)["DriverEntry"]
    ks.run(driver)
    assert repr(ks.explore(driver)) == repr(ks.explore(execute(text)["DriverEntry"]))


def a_run_after_an_error_is_that_of_a_fresh_load(text):
    driver, fresh = execute(text)["DriverEntry"], anew(text)
    with pytest.raises(ks.Misuse):
        ks.run(driver, Fail=1)
    assert told(ks.run(driver)) == fresh


def a_run_after_an_interrupt_is_that_of_a_fresh_load(text):
    driver, fresh = execute(text)["DriverEntry"], anew(text)
    with pytest.raises(KeyboardInterrupt):
        ks.run(driver, Fail=2)
    assert told(ks.run(driver)) == fresh


THEOREMS = (
    every_run_is_that_of_a_fresh_load,
    every_schedule_replays,
    an_exploration_after_a_run_is_that_of_a_fresh_load,
    a_run_after_an_error_is_that_of_a_fresh_load,
    a_run_after_an_interrupt_is_that_of_a_fresh_load,
)


# Everyday a third of the theorems for each kind, another third for the next.
EACH = [
    pytest.param(kind, theorem, id=f"{kind}-{theorem.__name__}")
    for number, kind in enumerate(TEXTS)
    for which, theorem in enumerate(THEOREMS)
    if (number + which) % size(3, 1) == 0
]


@pytest.mark.parametrize(("kind", "theorem"), EACH)
def test_whatever_a_driver_keeps(kind, theorem):
    theorem(TEXTS[kind])


def test_the_drivers_above_would_show_what_a_run_leaves(monkeypatch):
    """Each does something else where nothing is put back."""
    monkeypatch.setattr(image.Image, "load", lambda image: None)
    for kind, text in TEXTS.items():
        driver = execute(text)["DriverEntry"]
        assert told(ks.run(driver))[1] != told(ks.run(driver))[1], kind


@pytest.mark.parametrize("executor", [None, ThreadPoolExecutor, ProcessPoolExecutor])
def test_a_sweep_after_a_run_is_that_of_a_fresh_load(executor):
    driver = execute(text_of("a list"))["DriverEntry"]
    ks.run(driver)
    with executor(2) if executor else nullcontext() as given:
        swept = ks.sweep(driver, [ks.Random(seed) for seed in range(4)], executor=given)
        fresh = ks.sweep(execute(text_of("a list"))["DriverEntry"], [ks.Random(seed) for seed in range(4)])
    assert swept.equals(fresh)


def test_the_steps_of_a_lab_after_a_run_are_those_of_a_fresh_load():
    driver = execute(text_of("an event that is signaled"))["DriverEntry"]
    run = ks.run(driver)
    stepper = Stepper(Subject(driver, None, 100, False, {}))
    for steps in range(len(run.schedule.choices) + 1):
        moment = stepper.after(run.schedule.choices[:steps])
        ks.run(driver)  # another cell's, between two clicks
    assert told(moment.run)[1] == told(run)[1]


# -- what a run leaves, and what a learner does between two runs -------------------------------------------------------


def test_what_a_run_left_is_there_to_be_read_until_the_next():
    space = execute(text_of("a list") + "Both = Log")
    for _ in range(2):
        ks.run(space["DriverEntry"])
        assert (space["Log"], space["Both"] is space["Log"]) == ([1], True)
    ks.run(execute(text_of("a name"))["DriverEntry"])
    assert space["Log"] == [1], "another driver does not know it"


@pytest.mark.parametrize(
    ("kind", "cell", "start"),
    [
        ("a name", "Stop = 5", "Stop = 5"),
        ("a name", "Stop += 5", "Stop = 6"),
        ("a name made by the run", "del New", ""),
        ("a name made by the run", "New = 7", "New = 7"),
        ("a list", "Log = [1, 2]", "Log = [1, 2]"),
        ("a list", "Log.append(2)", "Log = [1, 2]"),
        ("a list", "Log.clear()", "Log = []"),
        ("a set", "Members.add(7)", "Members = {1, 2, 7}"),
        ("a dict", "Table.update(b=2)", "Table = {'a': 1, 1: 1, 'b': 2}"),
        ("an attribute", "One.n = 4", "class Of: pass\nOne = Of(); One.n = 4"),
        ("a class's attribute", "Of.n = 4", "class Of:\n    n = 4"),
        ("a function's attribute", "f.n = 4", "def f(): pass\nf.n = 4"),
        ("a structure", "One.n = 4", "class S(Structure):\n    n: ULONG\nOne = S(); One.n = 4"),
        ("an event", "Event.initialise(NotificationEvent, True)",
         "Event = KEVENT(); Event.initialise(NotificationEvent, True)"),
        ("an event that is signaled", "Event.Header.SignalState = 1",
         "Event = KEVENT(); Event.initialise(SynchronizationEvent, True)"),
    ],
)  # fmt: skip
def test_what_a_cell_changes_is_the_new_start(kind, cell, start):
    _, use, calls = KEPT[kind]
    space, fresh = execute(text_of(kind)), anew(HEAD + BODY.format(start=start, use=use, calls=calls))
    ks.run(space["DriverEntry"])
    execute(cell, space)
    assert [told(ks.run(space["DriverEntry"])) for _ in range(3)] == [fresh] * 3


@pytest.mark.parametrize("cell", ["Worker = Other", "async def Worker(Context):\n    Log.append(2)"])
def test_code_that_a_cell_defines_again_is_what_the_next_run_runs(cell):
    space = execute(text_of("a list"))
    ks.run(space["DriverEntry"])
    execute(cell, space)
    assert [told(ks.run(space["DriverEntry"])) for _ in range(3)] == [anew(text_of("a list") + cell)] * 3


def test_the_very_value_that_a_run_left_is_no_change():
    """Nobody can tell that a cell has assigned it."""
    space = execute(text_of("a name"))
    for _ in range(2):
        ks.run(space["DriverEntry"])
        execute("Stop = 1", space)
    assert told(ks.run(space["DriverEntry"])) == anew(text_of("a name"))


@pytest.mark.parametrize(
    "kept",
    [
        "class Of:\n    __module__ = property(lambda self: 0)\nOne = Of()",
        "class Of:\n    def __getattribute__(self, name): raise RuntimeError\nOne = Of()",
        "class Of:\n    __hash__ = None\n    def __eq__(self, other): raise RuntimeError\nOne = Of()",
        "class Of:\n    def __iter__(self): raise KeyError\n    __len__ = __reduce__ = __repr__ = __iter__\nOne = Of()",
    ],
)
def test_no_value_is_asked_what_it_is(kept):
    """Methods of its own may say anything."""
    every_run_is_that_of_a_fresh_load(
        HEAD + BODY.format(start=kept, use="own = object.__getattribute__(One, '__dict__'); own[len(own)] = 1",
                           calls="len(own)")
    )  # fmt: skip


@pytest.mark.parametrize("entry", ["partial(DriverEntry)", "Of().entry", "Of.entry", "wraps(DriverEntry)(Wrapper)"])
def test_it_may_be_wrapped(entry):
    text = (
        text_of("a list")
        + f"""
from functools import wraps
class Of:
    n = 0
    async def entry(self, DriverObject, RegistryPath=None):
        return await DriverEntry(DriverObject, RegistryPath)
    if {entry == "Of.entry"}:
        entry = staticmethod(DriverEntry)
async def Wrapper(*given):
    return await DriverEntry(*given)
Wrapped = {entry}
"""
    )
    driver = execute(text)["Wrapped"]
    fresh = told(ks.run(execute(text)["Wrapped"]))
    assert [told(ks.run(driver)) for _ in range(3)] == [fresh] * 3


def test_drivers_that_share_what_they_keep_find_nothing_of_each_other():
    text = (
        text_of("a list")
        + """
async def Second(DriverObject, RegistryPath):
    for _ in Log:
        await KeGetCurrentIrql()
    Log.append(1)
    return STATUS_SUCCESS
"""
    )
    space, fresh = execute(text), execute(text)
    firsts, seconds = [], []
    for _ in range(3):
        firsts.append(told(ks.run(space["DriverEntry"])))
        seconds.append(told(ks.run(space["Second"])))
    assert (firsts, seconds) == ([anew(text)] * 3, [told(ks.run(fresh["Second"]))] * 3)


def test_a_name_that_another_driver_rebinds_is_put_back_for_one_that_reads_it():
    text = """
from kevent_sim.ntifs import *
Stop = 0
async def Reads(DriverObject, RegistryPath):
    for _ in range(Stop):
        await KeGetCurrentIrql()
    return STATUS_SUCCESS
async def Writes(DriverObject, RegistryPath):
    global Stop
    Stop = 3
    return STATUS_SUCCESS
"""
    space = execute(text)
    before = told(ks.run(space["Reads"]))
    ks.run(space["Writes"])
    assert (space["Stop"], told(ks.run(space["Reads"])), space["Stop"]) == (3, before, 0)


def test_a_module_of_the_learners_own_is_put_back(monkeypatch):
    helper = types.ModuleType("helper_of_the_learner")
    monkeypatch.setitem(sys.modules, helper.__name__, helper)
    execute("Stop, Log, Seen = 0, [], 0", vars(helper))
    text = """
import helper_of_the_learner as helper
from kevent_sim.ntifs import *
async def DriverEntry(DriverObject, RegistryPath):
    import helper_of_the_learner
    for _ in range(helper.Stop + len(helper.Log) + helper_of_the_learner.Seen):
        await KeGetCurrentIrql()
    helper.Stop += 1
    helper.Log.append(1)
    helper_of_the_learner.Seen = 1
    return STATUS_SUCCESS
"""
    driver = execute(text)["DriverEntry"]
    first = told(ks.run(driver))
    assert (helper.Stop, helper.Log, helper.Seen) == (1, [1], 1)
    assert [told(ks.run(driver)) for _ in range(2)] == [first] * 2


def test_a_module_of_the_learners_own_that_a_run_is_the_first_to_import_is_executed_by_each(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "first_of_the_learner.py").write_text("from second_of_the_learner import Log\nStop = 0\n")
    (tmp_path / "second_of_the_learner.py").write_text("Log = []\n")
    text = """
from kevent_sim.ntifs import *
async def DriverEntry(DriverObject, RegistryPath):
    import first_of_the_learner as helper
    for _ in range(helper.Stop + len(helper.Log)):
        await KeGetCurrentIrql()
    helper.Stop += 1
    helper.Log.append(1)
    return STATUS_SUCCESS
"""
    driver = execute(text)["DriverEntry"]
    first = told(ks.run(driver))
    assert sys.modules["first_of_the_learner"].Log == [1], "it stays to be read"
    assert [told(ks.run(driver)) for _ in range(2)] == [first] * 2


def test_what_a_driver_left_is_put_back_where_many_others_have_run_since():
    driver, fresh = execute(text_of("a list"))["DriverEntry"], anew(text_of("a list"))
    ks.run(driver)
    for _ in range(image._KEPT + 1):
        anew("from kevent_sim.ntifs import *\nasync def DriverEntry(D, R):\n    return STATUS_SUCCESS")
    assert told(ks.run(driver)) == fresh


def test_what_cannot_be_put_back_is_named_though_many_others_have_run_since():
    start, use = SPENT["a generator"]
    driver = execute(HEAD + BODY.format(start=start, use=use, calls="0"))["DriverEntry"]
    ks.run(driver)
    for _ in range(image._KEPT + 1):
        anew("from kevent_sim.ntifs import *\nasync def DriverEntry(D, R):\n    return STATUS_SUCCESS")
    with pytest.raises(ks.Misuse, match="cannot be put back"):
        ks.run(driver)


def test_the_lines_told_are_those_of_the_file_that_was_read_last(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "edited_by_the_learner.py"
    head = "from kevent_sim.ntifs import *\nasync def DriverEntry(D, R):\n"
    told_lines = []
    for body in (
        "    await (\n        KeGetCurrentIrql()\n    )\n",
        "    n = 0\n    await KeGetCurrentIrql()\n",
    ):
        file.write_text(f"{head}{body}    return STATUS_SUCCESS\n")
        module = execute(f"import importlib, {file.stem} as it\nimportlib.invalidate_caches()\nimportlib.reload(it)")[
            "it"
        ]
        told_lines += [call.line for call in ks.run(module.DriverEntry).calls("System") if "Irql" in call.routine]
    assert told_lines == [3, 4]


def test_an_earlier_run_says_what_it_said():
    space = execute(text_of("an event that is waited for"))
    first = ks.run(space["DriverEntry"])
    before = repr(first), told(first), ks.event_states(first).to_csv(), repr(ks.picture(first))
    execute("Event = KEVENT('another')", space)
    ks.run(space["DriverEntry"])
    assert (repr(first), told(first), ks.event_states(first).to_csv(), repr(ks.picture(first))) == before


# -- a run within a run, and interrupts --------------------------------------------------------------------------------


@each_kind
def test_a_run_that_a_policy_makes_in_the_midst_of_another_neither_finds_nor_leaves_anything(kind):
    text, within = text_of(kind), []
    driver = execute(text)["DriverEntry"]

    def policy(ready):
        if len(within) < 3:
            within.append(told(ks.run(driver)))
        return ready[-1]

    outer = told(ks.run(driver, policy=policy))
    assert set(map(repr, within)) == {repr(anew(text))}
    assert outer[1:] == anew(text, policy=lambda ready: ready[-1])[1:]
    assert told(ks.run(driver)) == anew(text)


def test_a_run_goes_on_as_it_stood_when_another_was_made_in_its_midst():
    text = (
        HEAD
        + """
Log, Stop, Unseen = [], 0, 0
class Of:
    n = 0
async def Worker(Context):
    global Stop
    Log.append(1)
    Stop, Of.n, globals()["Unseen"] = 1, 1, 1
    await KeGetCurrentIrql()
    assert (Log, Stop, Of.n, Unseen) == ([1], 1, 1, 1)
    Log.append(2)
    Stop, Of.n, globals()["Unseen"] = 2, 2, 2
async def Other(Context):
    pass
async def DriverEntry(DriverObject, RegistryPath):
    for routine in (Worker, Other):
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, None)
    return STATUS_SUCCESS
"""
    )
    driver, within = execute(text)["DriverEntry"], []

    def policy(ready):
        within.append(told(ks.run(driver)))
        return ready[-1]

    assert told(ks.run(driver, policy=policy))[1:] == anew(text, policy=lambda ready: ready[-1])[1:]
    assert within
    assert within == [anew(text)] * len(within)


def test_defaults_that_replace_others_are_others_wherever_they_lie():
    def helper(n=0):
        return n

    helper.__defaults__ = (object(),)
    known = Steady([], [helper])
    assert known.holds()
    for _ in range(100):  # a tuple that nobody keeps leaves its address to the next
        helper.__defaults__ = (object(),)
        assert not known.holds()


REBINDS = """
from kevent_sim.ntifs import *
n = 0
async def Other(Context):
    for _ in range(4):
        await KeGetCurrentIrql()
async def Rebinds(DriverObject, RegistryPath):
    global n
    await PsCreateSystemThread(HANDLE(), 0, None, None, None, Other, None)
    await KeGetCurrentIrql()
    n += 1
    await KeGetCurrentIrql()
    return STATUS_SUCCESS if n == 1 else STATUS_UNSUCCESSFUL
async def Reads(DriverObject, RegistryPath):
    before = n
    await PsCreateSystemThread(HANDLE(), 0, None, None, None, Other, None)
    await KeGetCurrentIrql()
    return STATUS_SUCCESS if n == before == 0 else STATUS_UNSUCCESSFUL
"""


@pytest.mark.parametrize("outer", ["Rebinds", "Reads"])
@pytest.mark.parametrize("at", [1, 2])
def test_what_a_run_within_another_is_the_first_to_rebind_the_outer_one_does_not_see(outer, at):
    space, asked = execute(REBINDS), []

    def policy(ready):
        asked.append(ready)
        if len(asked) == at:
            assert ks.run(space["Rebinds"]).status == STATUS_SUCCESS
        return ready[len(asked) % len(ready)]

    assert ks.run(space[outer], policy=policy).status == STATUS_SUCCESS
    assert len(asked) >= at


@pytest.mark.parametrize("use", ["await KeSetEvent(frame.Done, 0, False)", "frame.renameInfo.FileName = 30 * 'x'"])
def test_a_frame_at_module_level_lives_anew(use):
    text = f"""
from kevent_sim.ntifs import *
frame = StackFrame({{"Done": KEVENT, "renameInfo": FILE_RENAME_INFORMATION, "Above": KEVENT}})
async def DriverEntry(DriverObject, RegistryPath):
    await KeInitializeEvent(frame.Above, SynchronizationEvent, False)
    with frame:
        await KeInitializeEvent(frame.Done, SynchronizationEvent, False)
        {use}
    return STATUS_SUCCESS
"""
    driver = execute(text)["DriverEntry"]
    assert [told(ks.run(driver)) for _ in range(3)] == [anew(text)] * 3


@pytest.mark.parametrize("method", ["leave", "put"])
def test_an_interrupt_while_it_is_noted_or_put_back_what_a_run_leaves_loses_nothing(method, monkeypatch):
    driver = execute(text_of("a dict"))["DriverEntry"]
    whole = getattr(places.Pairs, method)

    def interrupted(place, *values):
        if method == "put":
            place.owner.clear()
        monkeypatch.setattr(places.Pairs, method, whole)
        raise KeyboardInterrupt

    if method == "put":
        ks.run(driver)
    monkeypatch.setattr(places.Pairs, method, interrupted)
    with pytest.raises(KeyboardInterrupt):
        ks.run(driver)
    assert told(ks.run(driver)) == anew(text_of("a dict"))


# -- what cannot be put back -------------------------------------------------------------------------------------------

SPENT = {
    "an iterator": ("Given = iter([1, 2, 3])", "next(Given, 7)"),
    "a count": ("from itertools import count\nGiven = count()", "next(Given, 7)"),
    "a count's method": ("from itertools import count\nGiven = count().__next__", "Given()"),
    "a generator": ("Given = (n for n in range(3))", "next(Given, 7)"),
    "a generator in a dict": ("def g():\n    while True:\n        yield\nGiven = {'a': g()}", "next(Given['a'])"),
    "random numbers": ("from random import Random\nGiven = Random(1)", "Given.random()"),
    "a lock": ("from threading import Lock\nGiven = Lock()", "Given.acquire(blocking=False)"),
    "a file that is read": ("Given = io.BufferedReader(io.BytesIO(b'ab'))", "Given.read(1)"),
    "an array": ("from array import array\nGiven = array('i', [0])", "Given[0] += 1"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SPENT)
class TestWhatCannotBePutBackIsNamed:
    def space(self, kind, used=True):
        start, use = SPENT[kind]
        return execute(HEAD + BODY.format(start=start, use=use if used else "Given", calls="0"))

    def test_by_the_next_run_until_the_cell_is_run_again_that_makes_it(self, kind):
        space = self.space(kind)
        for _ in range(2):
            ks.run(space["DriverEntry"])
            for _ in range(2):
                with pytest.raises(ks.Misuse, match=r"^Given.* cannot be put back.*: make it in DriverEntry, or run"):
                    ks.run(space["DriverEntry"])
            execute(SPENT[kind][0], space)

    def test_by_an_exploration(self, kind):
        space = self.space(kind)
        with pytest.raises(ks.Misuse, match=r"^Given.* cannot be put back"):
            ks.explore(space["DriverEntry"])

    def test_but_only_where_a_run_has_used_it(self, kind):
        space = self.space(kind, used=False)
        assert told(ks.run(space["DriverEntry"])) == told(ks.run(space["DriverEntry"]))


# -- random drivers ----------------------------------------------------------------------------------------------------

KEEPS = """
class Of(Structure):
    Done: KEVENT
    x: ULONG
class Plain:
    a = 0
n, l, d, s, t, Plain.b = 0, [1], {0: 0}, {1, 9}, [[], {}], []
S, Event, One = Of(), KEVENT(), Plain()
S.Done.initialise(SynchronizationEvent, False)
Event.initialise(NotificationEvent, False)
"""
OPERATIONS = [
    "n += 1", "n = len(l)", "l.append(n)", "l = [*l, n]", "l[:1] = []", "l = d.setdefault(n % 3, l)", "d = dict(d)",
    "d[n % 3] = l", "d.pop(n % 3, None)", "d.clear()", "s.add(n)", "s.discard(n + 1)", "s = s | {n}", "t.append(t)",
    "t[0].extend(l)", "t[1][n] = s", "t.reverse()", "t[:] = [t[-1], {}]", "Plain.a += 1", "Plain.b.append(n)",
    "Plain.c = l", "One.a = n", "One.__dict__.clear()", "One = Plain()", "S.x = n", "S.x = S.x + 1", "S = Of()",
    "await KeSetEvent(Event, 0, False)", "await KeClearEvent(Event)", "await KeSetEvent(S.Done, 0, False)",
    "await KeInitializeEvent(S.Done, NotificationEvent, True)", "Event, S.x = KEVENT(), 1", "l = Plain.b",
]  # fmt: skip
STATE = "[n, l, d, s, t, Plain.a, Plain.b, vars(Plain).get('c'), vars(One), S.x, S.Done, Event]"
PROGRAM = """
async def Worker(Context):
    global n, l, d, s, t, S, Event, One
    for line in PROGRAM[Context]:
        {operations}
        for _ in range(len(repr({state})) % 3):
            await KeGetCurrentIrql()
async def DriverEntry(DriverObject, RegistryPath):
    for Context in range(len(PROGRAM)):
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, Worker, Context)
    return STATUS_SUCCESS
"""


def kept_by(program):
    """A driver whose threads do these operations."""
    cases = "\n        ".join(f"if line == {at}: {line}" for at, line in enumerate(OPERATIONS))
    return HEAD + KEEPS + f"PROGRAM = {program}" + PROGRAM.format(operations=cases, state=STATE)


def outcome_of(space, policy):
    """How a run ended, and what it left; a driver may fail."""
    try:
        ended = told(ks.run(space["DriverEntry"], policy=policy))
    except Exception as error:
        ended = repr(error)
    return ended, eval(f"repr({STATE})", space)


programs = st.lists(st.lists(st.sampled_from(range(len(OPERATIONS))), max_size=6), min_size=1, max_size=3)


@settings(max_examples=size(60, 1_000))
@given(programs, st.integers(0, 9))
def test_random_drivers_do_and_leave_the_same_each_time(program, seed):
    text, policy = kept_by(program), ks.Random(seed)
    space = execute(text)
    fresh = outcome_of(execute(text), policy)
    assert [outcome_of(space, policy) for _ in range(3)] == [fresh] * 3


@settings(max_examples=size(40, 1_000))
@given(programs, st.lists(st.sampled_from([line for line in OPERATIONS if "await" not in line]), max_size=4))
def test_random_cells_between_two_runs_are_the_new_start(program, cells):
    """A run that was never made leaves nothing: the same cells come to the same where what it leaves is undone."""
    text, policy, cell = kept_by(program), ks.RoundRobin(), "\n".join(cells)
    space, fresh = execute(text), execute(text)
    outcome_of(space, policy)
    image.image_of(space["DriverEntry"]).load()
    for each in space, fresh:
        with suppress(Exception):
            execute(cell, each)
    assert outcome_of(space, policy) == outcome_of(fresh, policy)


# -- mutants -----------------------------------------------------------------------------------------------------------


def nothing(*_):
    pass


MUTANTS = {
    "nothing is noted": (image.Image, "leave", nothing),
    "nothing is put back": (image.Image, "load", nothing),
    "a name is not put back": (places.Global, "put", nothing),
    "a closure's variable is not put back": (places.Cell, "put", nothing),
    "a list is not put back": (places.Items, "put", nothing),
    "a dict is not put back": (places.Pairs, "put", nothing),
    "a set is not put back": (places.Members, "put", nothing),
    "a bytearray is not put back": (places.Octets, "put", nothing),
    "attributes are not put back": (places.Attributes, "put", nothing),
    "a class is not put back": (places.ClassAttributes, "put", nothing),
    "a function's attributes are not put back": (places.FunctionParts, "put", nothing),
    "what is in a weak set is not put back": (library.Weak, "put", nothing),
    "a file in memory is not put back": (library.FileInMemory, "put", nothing),
    "what a run left is a new start": (places.Place, "leave", nothing),
    "what a cell has changed is put back, too": (places, "same", lambda now, before: now is before),
    "only what code names is walked, not what is in there": (reached.Walk, "_container", nothing),
    "methods are not walked": (reached.Walk, "_class", nothing),
    "nothing is set aside": (image.Image, "set_aside", lambda image: image._aside.append([])),
}  # fmt: skip


def all_theorems():
    for text in TEXTS.values():
        for theorem in THEOREMS:
            theorem(text)
    test_what_a_cell_changes_is_the_new_start("a list", "Log.append(2)", "Log = [1, 2]")
    test_what_a_cell_changes_is_the_new_start("a name", "Stop = 5", "Stop = 5")
    test_a_run_goes_on_as_it_stood_when_another_was_made_in_its_midst()


@pytest.mark.parametrize("mutant", part(MUTANTS))
def test_a_mutant_is_caught(mutant, monkeypatch):
    monkeypatch.setattr(*MUTANTS[mutant])
    with pytest.raises((AssertionError, ks.Misuse)):
        all_theorems()
