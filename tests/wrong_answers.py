# ruff: noqa: E501
"""Answers to the exercises: notebook -> exercise -> why it is wrong, or in what it is right -> code for its stub's place.

Each is what a learner may write: a fix that mends half, a slip of the hand, and what beats a judge that does not ask
what the exercise's text asks.
"""

from __future__ import annotations

from textwrap import indent

import wrong_answers_c

Answers = dict[int, dict[str, str]]

WRONG: dict[str, Answers] = {}
RIGHT: dict[str, Answers] = {}

WRONG["00"] = {
    1: {
        "the number is text": 'file_count = "7"',
        "one too many": "file_count = 8",
        "nothing": "file_count = None",
        "a fraction": "file_count = 7.5",
        "less than nothing": "file_count = -7",
        "a list": "file_count = [7]",
    },
    2: {
        "the mover first": "my_policy = lambda ready: max(ready, key=lambda thread: thread.name[4] == 'M')",
        "in turns": "my_policy = ks.RoundRobin()",
        "the goal in place of a way": 'my_policy = "CC"',
        "a thread's name": 'my_policy = lambda ready: "FileCreationThread"',
        "answers nothing": "def my_policy(ready):\n    ready[0]",
        "takes nothing": "my_policy = lambda: 0",
        "beyond the list": "my_policy = lambda ready: ready[5]",
        "a number": "my_policy = 0",
        "a coroutine": "async def my_policy(ready):\n    return ready[0]",
        "another driver's schedule": "my_policy = ks.run(synchronization_event, FileCount=2, WriteCount=2)",
        "the race's, of one file": "my_policy = ks.run(race, policy=lambda ready: ready[0], FileCount=1, WriteCount=2)",
    },
    3: {
        "where the wait begins": "waits_until = 9",
        "where the mover runs again": "waits_until = 22",
        "text": 'waits_until = "20"',
        "both numbers": "waits_until = (9, 20)",
        "out of all bounds": "waits_until = 2000",
        "the pandas column": "waits_until = ks.thread_states(files_too).end",
    },
}
RIGHT["00"] = {
    1: {"a sum": "file_count = 3 + 4", "by another way": "file_count = len('seven f')"},
    2: {
        "whoever was started last, since the mover is not there yet": "my_policy = lambda ready: ready[-1]",
        "by name": "my_policy = lambda ready: min(ready, key=lambda thread: thread.name == 'FileMoveThread')",
        "the text of a run": "my_policy = str(ks.run(race, policy=lambda ready: ready[0], FileCount=2, WriteCount=2).schedule)",
        "a run": "my_policy = ks.run(race, policy=lambda ready: ready[0], FileCount=2, WriteCount=2)",
    },
    3: {"a whole fraction": "waits_until = 20.0", "by another way": "waits_until = 9 + 11"},
}

# The workers of notebook 01: each a wait for the event, unless told otherwise.
WAIT = "await KeWaitForSingleObject(Event, Executive, KernelMode, False, None)"
WORKERS = """
async def MyWorkerA(Event):
    {a}

async def MyWorkerB(Event):
    {b}

mended = driver_of({Type}, {threads}{more})
"""


def workers(
    Type: str = "SynchronizationEvent",
    a: str = WAIT,
    b: str | None = None,
    threads: str = "Preparer, MyWorkerA, MyWorkerB",
    more: str = "",
) -> str:
    return WORKERS.format(a=a, b=a if b is None else b, Type=Type, threads=threads, more=more)


OWN_PREPARER = """
async def Preparer(Event):
    await KeSetEvent(Event, IO_NO_INCREMENT, False)
    {between}
    await KeSetEvent(Event, IO_NO_INCREMENT, False)
"""

WRONG["01"] = {
    1: {
        "all signaled": 'answer = {"SynchronizationEvent": [1] * 7, "NotificationEvent": [1] * 7}',
        "one slip": 'answer = {"SynchronizationEvent": [0, 0, 1, 0, 1, 0, 0], "NotificationEvent": [1, 1, 1, 1, 1, 1, 0]}',
        "one type": 'answer = {"SynchronizationEvent": [0, 0, 1, 0, 1, 0, 0]}',
        "other questions": 'SEVEN = ["KeSetEvent"] * 7\nanswer = {"SynchronizationEvent": [1] * 7, "NotificationEvent": [1] * 7}',
        "words": 'answer = {"SynchronizationEvent": ["signaled"] * 7, "NotificationEvent": ["signaled"] * 7}',
        "text": 'answer = {"SynchronizationEvent": list("0010100"), "NotificationEvent": list("1110110")}',
        "nothing": 'answer = {"SynchronizationEvent": None, "NotificationEvent": None}',
        "a list": "answer = [0, 0, 1, 0, 1, 0, 0]",
    },
    2: {
        "the button's label": 'presses = ["new wait"]',
        "pulses, and no wait": 'presses = ["KePulseEvent"] * 3',
        "no clear": 'presses = ["KeSetEvent"] * 3 + ["KeWaitForSingleObject"]',
        "text": 'presses = "KeSetEvent"',
        "a number": "presses = 3",
        "another for each type": """
class Presses(list):
    def __iter__(self):
        self.asked = getattr(self, "asked", 0) + 1
        sync = ["KeSetEvent"] * 3 + ["KeWaitForSingleObject"]
        return iter(sync if self.asked == 1 else ["KeSetEvent", "KeClearEvent", "KeWaitForSingleObject"])
presses = Presses([1])
""",
        "a routine that is none of the lab's": 'presses = ["KeInitializeEvent"]',
        "nothing in it": "presses = [None]",
    },
    3: {
        "each worker sets before it waits": workers(a="await KeSetEvent(Event, IO_NO_INCREMENT, False)\n    " + WAIT),
        "nobody waits": workers(a="pass"),
        "signaled from the start": workers("NotificationEvent", more=", State=True"),
        "a poll": workers("NotificationEvent", a=WAIT.replace("None", "LARGE_INTEGER(0)")),
        "a wait that ends": workers("NotificationEvent", a=WAIT.replace("None", "LARGE_INTEGER(-100_000)")),
        "a loop that asks": workers(a="while not await KeReadStateEvent(Event):\n        pass"),
        "B alone passes the token on": workers(b=WAIT + "\n    await KeSetEvent(Event, IO_NO_INCREMENT, False)"),
        "another order of creation": workers(threads="MyWorkerA, MyWorkerB, Preparer"),
        "one worker": workers("NotificationEvent", threads="Preparer, MyWorkerA"),
        "no Preparer": workers(a="pass", threads="MyWorkerA, MyWorkerB"),
        "a preparer that waits a while": OWN_PREPARER.format(
            between="await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10))"
        )
        + workers("NotificationEvent"),
        "a preparer that clears between": OWN_PREPARER.format(between="await KeClearEvent(Event)") + workers(),
        "await forgotten": workers("NotificationEvent", a=WAIT.removeprefix("await ")),
        "the type alone": "mended = NotificationEvent",
        "nothing": "mended = None",
    },
}
RIGHT["01"] = {
    1: {
        "as tuples": 'answer = {"SynchronizationEvent": (0, 0, 1, 0, 1, 0, 0), "NotificationEvent": (1, 1, 1, 0, 1, 1, 0)}',
        "as truth": 'answer = {"SynchronizationEvent": [False, 0, True, 0, 1, 0, 0], "NotificationEvent": [1, 1, 1, 0, 1, 1, 0]}',
    },
    2: {
        "pulses": 'presses = ["KePulseEvent"] * 3 + ["KeWaitForSingleObject"]',
        "a reset": 'presses = ["KeSetEvent"] * 3 + ["KeResetEvent", "KeWaitForSingleObject"]',
        "a set too many": 'presses = ["KeSetEvent"] * 4 + ["KeClearEvent", "KeWaitForSingleObject"]',
    },
    3: {
        "the token is passed on": workers(a=WAIT + "\n    await KeSetEvent(Event, IO_NO_INCREMENT, False)"),
        "a wait for any of one": workers(
            "NotificationEvent",
            b="await KeWaitForMultipleObjects(1, [Event], WaitAny, Executive, KernelMode, False, None, None)",
        ),
    },
}

LEVELS = """
async def Interrupt(Event):
    OldIrql = KIRQL()
    {interrupt}

async def Worker(Event):
    OldIrql = KIRQL()
    {worker}
"""
LINES = {
    "up": "await KeRaiseIrql(5, OldIrql)",
    "up to DISPATCH_LEVEL": "await KeRaiseIrql(DISPATCH_LEVEL, OldIrql)",
    "down": "await KeLowerIrql(OldIrql)",
    "read": "await ReadRegister()",
    "set": "await KeSetEvent(Event, IO_NO_INCREMENT, False)",
    "pulse": "await KePulseEvent(Event, IO_NO_INCREMENT, False)",
    "wait": WAIT,
    "poll": WAIT.replace("None", "LARGE_INTEGER(0)"),
    "work": "await WorkOnSharedData()",
    "work, not awaited": "WorkOnSharedData()",
    "nothing": "pass",
}
READ_AND_SET = "up; read; down; set"
WAIT_AND_WORK = "wait; up to DISPATCH_LEVEL; work; down"


def levels(interrupt: str = READ_AND_SET, worker: str = WAIT_AND_WORK) -> str:
    """The two routines of 02.2, each a line for each word."""
    interrupt, worker = ("\n    ".join(LINES[word] for word in words.split("; ")) for words in (interrupt, worker))
    return LEVELS.format(interrupt=interrupt, worker=worker)


def reader(*lines: str, timeout: str = "LARGE_INTEGER(-20)") -> str:
    wait = f"status = await KeWaitForSingleObject(Shared.Ready, Executive, KernelMode, False, {timeout})"
    body = "\n    ".join(lines).format(wait=wait, use="await KeSetEvent(Shared.Used, IO_NO_INCREMENT, False)")
    return f"async def Reader(Shared):\n    {body}\n"


def gate(
    signal: str = "set", a: str = "wait", b: str | None = None, Type: str = "NotificationEvent", more: str = ""
) -> str:
    lines = LINES | {
        "reset": "await KeResetEvent(Event)",
        "sleep": "await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-1_000_000))",
        "wait a while": WAIT.replace("None", "LARGE_INTEGER(-100_000)"),
    }
    body = {
        name: "\n    ".join(lines[word] for word in words.split("; "))
        for name, words in (("Gate", signal), ("WorkerA", a), ("WorkerB", a if b is None else b))
    }
    routines = "".join(f"async def {name}(Event):\n    {code}\n\n" for name, code in body.items())
    return f"{routines}gate = driver_of({Type}, Gate, WorkerA, WorkerB{more})\n"


WRONG["02"] = {
    1: {
        "all zero": 'answer = [0] * 7 + ["STATUS_SUCCESS"]',
        "a time-out": 'answer = [0, 0, 1, 1, 0, 0, 0, "STATUS_TIMEOUT"]',
        "nothing": "answer = None",
        "one answer is nothing": 'answer = [0, 0, 1, 1, 0, 0, None, "STATUS_SUCCESS"]',
        "other questions": 'EIGHT = ["poll"] * 8\nanswer = ["STATUS_TIMEOUT"] * 8',
        "the states after": 'answer = [0, 1, 1, 0, 0, 0, 1, "STATUS_SUCCESS"]',
        "text": 'answer = "0 0 1 1 0 0 0 STATUS_SUCCESS"',
        "seven": "answer = [0, 0, 1, 1, 0, 0, 0]",
        "a number for the status's name": "answer = [0, 0, 1, 1, 0, 0, 0, 0]",
        "a number": "answer = 8",
    },
    2: {
        "the interrupt alone": levels(worker="up to DISPATCH_LEVEL; wait; work; down"),
        "the worker alone": levels("up; read; set; down"),
        "a poll at DISPATCH_LEVEL": levels(worker="up to DISPATCH_LEVEL; poll; work; down"),
        "the register at PASSIVE_LEVEL": levels("read; set"),
        "the signal before the register": levels("set; up; read; down"),
        "a pulse before the register": levels("pulse; up; read; down; set"),
        "the work at PASSIVE_LEVEL": levels(worker="wait; work"),
        "the work before the wait": levels(worker="up to DISPATCH_LEVEL; work; down; wait"),
        "no signal and no wait": levels("up; read; down", "up to DISPATCH_LEVEL; work; down"),
        "the worker signals itself": levels(worker="set; wait; up to DISPATCH_LEVEL; work; down"),
        "the worker stays up": levels(worker="wait; up to DISPATCH_LEVEL; work"),
        "the interrupt stays up": levels("up; read"),
        "a pulse": levels("up; read; down; pulse"),
        "a forgotten await": levels(worker="wait; up to DISPATCH_LEVEL; work, not awaited; down"),
        "nobody does anything": levels("nothing", "nothing"),
    },
    3: {
        "no time-out": reader("{wait}", "{use}", timeout="None"),
        "a longer one": reader("{wait}", "if NT_SUCCESS(status):", "    {use}", timeout="LARGE_INTEGER(-100_000_000)"),
        "whatever comes": reader("{wait}", "{use}"),
        "never used": reader("{wait}"),
        "used where they are not ready": reader("{wait}", "if status == STATUS_TIMEOUT:", "    {use}"),
        "asks what the wait has taken": reader("{wait}", "if await KeReadStateEvent(Shared.Ready):", "    {use}"),
        "sets Ready itself": reader("await KeSetEvent(Shared.Ready, IO_NO_INCREMENT, False)", "{wait}", "{use}"),
        "no wait": reader("{use}"),
        "waits again, for ever": reader(
            "{wait}",
            "if status != STATUS_SUCCESS:",
            "    "
            + "{wait}".replace(
                "{wait}", "await KeWaitForSingleObject(Shared.Ready, Executive, KernelMode, False, None)"
            ),
            "{use}",
        ),
        "truth in place of a status": reader("{wait}", "if status:", "    {use}"),
        "a forgotten await": reader("{wait}".replace("await ", ""), "KeSetEvent(Shared.Used, IO_NO_INCREMENT, False)"),
        "another name in Shared": reader("await KeSetEvent(Shared.Usde, IO_NO_INCREMENT, False)"),
    },
    4: {
        "a slow pulse": gate("set; reset"),
        "a pulse later": gate("sleep; pulse"),
        "a synchronization event": gate(Type="SynchronizationEvent"),
        "two sets": gate("set; set", Type="SynchronizationEvent"),
        "open from the start": gate(more=", State=True"),
        "no wait": gate(a="nothing"),
        "a poll": gate(a="poll"),
        "a wait that ends": gate(a="wait a while"),
        "a wait that ends, and another": gate(a="wait a while; wait"),
        "workers that open the gate": gate("pulse", a="set; wait", Type="NotificationEvent"),
        "B waits for A": gate("nothing", a="set; wait", b="wait"),
        "nothing is signaled": gate("nothing"),
        "a forgotten await": gate().replace("await KeSet", "KeSet"),
        "no driver": "gate = None",
        "a start routine": gate() + "gate = Gate",
    },
}
RIGHT["02"] = {
    1: {
        "as text": 'answer = ["0", "0", "1", "1", "0", "0", "0", "STATUS_SUCCESS"]',
        "the status itself": "answer = [0, 0, 1, 1, 0, 0, 0, STATUS_SUCCESS]",
    },
    2: {
        "set at DISPATCH_LEVEL": levels("up; read; down; up to DISPATCH_LEVEL; set; down"),
        "set twice": levels("up; read; down; set; set"),
    },
    3: {
        "not a time-out": reader("{wait}", "if status != STATUS_TIMEOUT:", "    {use}"),
        "returns early": reader("{wait}", "if status == STATUS_TIMEOUT:", "    return", "{use}"),
        "a longer while": reader("{wait}", "if status == 0:", "    {use}", timeout="LARGE_INTEGER(-100_000)"),
    },
    4: {
        "the token is passed on": gate(a="wait; set", Type="SynchronizationEvent"),
        "set twice": gate("set; set"),
    },
}


def policy_maker(name: str, body: str, first: str = "") -> str:
    return f"def {name}():\n    {first}\n    def policy(ready):\n        {body}\n    return policy\n"


LOSE = """
def lose_file_1():
    order = iter("{order}")

    def policy(ready):
        by_letter = {{thread.name[4].lower(): thread for thread in ready if thread.name != "System"}}
        if len(by_letter) < len(ready):
            return ready[0]
        return by_letter.get(next(order, ""), ready[0])

    return policy
"""
BY_NAME = "return min(ready, key=lambda thread: {order}.index(thread.name))"


def one_thread(*lines: str) -> str:
    body = "\n    ".join(lines)
    return f"async def CreateThenMoveThread(Parameters):\n    {body}\n"


STRAIGHT_INTO_TEMP2 = """
async def {name}({argument}):
    data, path, attributes = b"Hello, World!\\r\\n", UNICODE_STRING(), OBJECT_ATTRIBUTES()
    for i in range({argument}.FileCount):
        RtlInitUnicodeString(path, f"\\\\DosDevices\\\\C:\\\\Temp2\\\\NewFile_{{i}}.txt")
        InitializeObjectAttributes(attributes, path, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, None, None)
        hFile, ioStatusBlock = HANDLE(), IO_STATUS_BLOCK()
        await ZwCreateFile(
            hFile, GENERIC_WRITE, attributes, ioStatusBlock, None, FILE_ATTRIBUTE_NORMAL, 0,
            FILE_OVERWRITE_IF, FILE_SYNCHRONOUS_IO_NONALERT, None, 0,
        )
        for _ in range({argument}.WriteCount):
            await ZwWriteFile(hFile, None, None, None, ioStatusBlock, data, len(data), None, None)
        await ZwClose(hFile)
"""

WRONG["03"] = {
    1: {
        "the oldest first": policy_maker("lose_file_1", "return ready[0]"),
        "in turns": policy_maker("lose_file_1", "pass", "return ks.RoundRobin()"),
        "file 0 is lost": LOSE.format(order="mcccc" + "cccc" + "mmm" + "cccc" + "mmm"),
        "file 1 is not there yet": LOSE.format(order="cccc" + "mmm" + "m" + "cccccccc" + "mmm"),
        "no policy": "def lose_file_1():\n    pass",
        "the goal": 'def lose_file_1():\n    return "CBC"',
        "answers a letter": policy_maker("lose_file_1", 'return "c"'),
        "a slip in the policy": policy_maker("lose_file_1", "return threads[0]"),
        "a slip in its maker": policy_maker("lose_file_1", "return ready[0]", "order = list(17)"),
        "the maker is the policy": "def lose_file_1(ready):\n    return ready[0]",
        "not a function": 'lose_file_1 = "CBC"',
        "of another size": """
def lose_file_1():
    return ks.run(race, policy=lambda ready: ready[0], FileCount=2, WriteCount=2)
""",
    },
    2: {
        "a name in lower case": 'slower = {"zwopenfile": 20_000}',
        "a number": "slower = 20_000",
        "two routines made fast": 'slower = {"ZwCreateFile": 1, "ZwWriteFile": 1}',
        "one slow, another fast": 'slower = {"ZwOpenFile": 20_000, "ZwWriteFile": 110}',
        "the writes": 'slower = {"ZwWriteFile": 500}',
        "too little": 'slower = {"ZwOpenFile": 5_000}',
        "faster": 'slower = {"ZwCreateFile": 1}',
        "the duration as text": 'slower = {"ZwOpenFile": "20000"}',
        "no duration": 'slower = {"ZwOpenFile": None}',
        "a list": 'slower = ["ZwOpenFile"]',
        "the name alone": 'slower = "ZwOpenFile"',
        "less than no time": 'slower = {"ZwOpenFile": -20_000}',
    },
    3: {
        "the creator alone": one_thread("await race.FileCreationThread(Parameters)"),
        "a forgotten await": one_thread("await race.FileCreationThread(Parameters)", "race.FileMoveThread(Parameters)"),
        "the other way round": one_thread(
            "await race.FileMoveThread(Parameters)", "await race.FileCreationThread(Parameters)"
        ),
        "neither awaited": one_thread("race.FileCreationThread(Parameters)", "race.FileMoveThread(Parameters)"),
        "a second thread": one_thread(
            "await race.FileCreationThread(Parameters)",
            "await PsCreateSystemThread(HANDLE(), 0, None, None, None, race.FileMoveThread, Parameters)",
        ),
        "a wait for luck": one_thread(
            "await PsCreateSystemThread(HANDLE(), 0, None, None, None, race.FileCreationThread, Parameters)",
            "await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-100_000_000))",
            "await race.FileMoveThread(Parameters)",
        ),
        "nothing is moved": STRAIGHT_INTO_TEMP2.format(name="CreateThenMoveThread", argument="Parameters"),
        "a name that is none": one_thread(
            "await race.FileCreationThread(Parameters)", "await race.MoveFiles(Parameters)"
        ),
        "nothing": "CreateThenMoveThread = None",
        "no async": "def CreateThenMoveThread(Parameters):\n    race.FileCreationThread(Parameters)",
    },
}
RIGHT["03"] = {
    1: {
        "as late as it can be": LOSE.format(order="cccc" + "mmm" + "ccc" + "m" + "c" + "cccc" + "mmm"),
        "a schedule's text": LOSE.format(order="cccc" + "mmm" + "cc" + "m" + "cc" + "cccc" + "mmm").replace(
            "lose_file_1", "maker"
        )
        + """
def lose_file_1():
    return ks.run(race, policy=maker(), FileCount=3, WriteCount=2).replay
""",
    },
    2: {
        "slower still": 'slower = {"ZwOpenFile": 30_000}',
        "what starts the mover": 'slower = {"PsCreateSystemThread": 40_000_000}',
    },
    3: {
        "in another routine": "async def Both(Parameters):\n    await race.FileCreationThread(Parameters)\n    await race.FileMoveThread(Parameters)\n"
        + one_thread("await Both(Parameters)"),
        "in a loop": one_thread(
            "for each in (race.FileCreationThread, race.FileMoveThread):", "    await each(Parameters)"
        ),
        "bound first": one_thread(
            "await race.FileCreationThread(Parameters)", "moves = race.FileMoveThread(Parameters)", "await moves"
        ),
    },
}

JUST = """
def just_in_time():
    taken = 0

    def policy(ready):
        nonlocal taken
        by_name = {{thread.name: thread for thread in ready}}
        if "System" in by_name:
            return by_name["System"]
        if taken < {taken}:
            taken += 1
            return by_name["FileCreationThread"]
        return by_name.get("FileMoveThread", ready[0])

    return policy
"""
EAGER = """
async def EagerCreationThread(SyncRes):
    data, path, attributes = b"Hello, World!\\r\\n", UNICODE_STRING(), OBJECT_ATTRIBUTES()
    {first}
    for i in range(SyncRes.FileCount):
        RtlInitUnicodeString(path, f"\\\\DosDevices\\\\C:\\\\Temp\\\\file_{{i}}.txt")
        InitializeObjectAttributes(attributes, path, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, None, None)
        hFile, ioStatusBlock = HANDLE(), IO_STATUS_BLOCK()
        status = await ZwCreateFile(
            hFile, GENERIC_WRITE, attributes, ioStatusBlock, None, FILE_ATTRIBUTE_NORMAL, 0,
            FILE_OVERWRITE_IF, FILE_SYNCHRONOUS_IO_NONALERT, None, 0,
        )
        if NT_SUCCESS(status):
            for _ in range(SyncRes.WriteCount):
                await ZwWriteFile(hFile, None, None, None, ioStatusBlock, data, len(data), None, None)
            {close}
    {last}
"""
SET = "await KeSetEvent(SyncRes.FileCreationEvent, IO_NO_INCREMENT, False)"


def eager(first: str = "pass", close: str = "await ZwClose(hFile)", last: str = SET) -> str:
    return EAGER.format(first=first, close=close.replace("; ", "\n            "), last=last.replace("; ", "\n    "))


def two_movers(creator: str, mover: str, event: str = "FileCreationEvent") -> str:
    words = {
        "create": "await race.FileCreationThread(SyncRes)",
        "move": "await race.FileMoveThread(SyncRes)",
        "wait": f"await KeWaitForSingleObject(SyncRes.{event}, Executive, KernelMode, False, None)",
        "poll": f"await KeWaitForSingleObject(SyncRes.{event}, Executive, KernelMode, False, LARGE_INTEGER(0))",
        "wait a while": f"await KeWaitForSingleObject(SyncRes.{event}, Executive, KernelMode, False, LARGE_INTEGER(-100_000))",
        "wait longer": f"await KeWaitForSingleObject(SyncRes.{event}, Executive, KernelMode, False, LARGE_INTEGER(-100_000_000))",
        "sleep": "await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-100_000_000))",
        "set": f"await KeSetEvent(SyncRes.{event}, IO_NO_INCREMENT, False)",
        "set, not awaited": f"KeSetEvent(SyncRes.{event}, IO_NO_INCREMENT, False)",
        "pulse": f"await KePulseEvent(SyncRes.{event}, IO_NO_INCREMENT, False)",
        "reset": f"await KeResetEvent(SyncRes.{event})",
        "clear": f"await KeClearEvent(SyncRes.{event})",
        "make it a notification": f"await KeInitializeEvent(SyncRes.{event}, NotificationEvent, False)",
        "make it a synchronization": f"await KeInitializeEvent(SyncRes.{event}, SynchronizationEvent, False)",
        "move, not awaited": "race.FileMoveThread(SyncRes)",
        "nothing": "pass",
    }
    creates, moves = ("\n    ".join(words[word] for word in each.split("; ")) for each in (creator, mover))
    made = f"async def CreateAndSignal(SyncRes):\n    {creates}\n\n" if creator != "nothing" else ""
    return made + f"async def MoverOfTwo(SyncRes):\n    {moves}\n"


WRONG["04"] = {
    1: {
        "the youngest": policy_maker("just_in_time", "return ready[-1]"),
        "the oldest": policy_maker("just_in_time", "return ready[0]"),
        "one too early": JUST.format(taken=6),
        "one too late": JUST.format(taken=8),
        "no policy": "def just_in_time():\n    pass",
        "a name": policy_maker("just_in_time", 'return "FileMoveThread"'),
        "a slip": policy_maker("just_in_time", "return by_name['FileMoveThread']"),
        "a slip in its maker": policy_maker("just_in_time", "return ready[0]", "taken = int('seven')"),
        "the race's schedule": "def just_in_time():\n    return ks.run(race, FileCount=2, WriteCount=1)",
        "in turns": "def just_in_time():\n    return ks.RoundRobin()",
        "not a function": "just_in_time = None",
    },
    2: {
        "as it was": eager(
            close="if i == SyncRes.FileCount - 1:; " + "    " + SET + "; await ZwClose(hFile)", last="pass"
        ),
        "no set": eager(last="pass"),
        "before the loop": eager(first=SET, last="pass"),
        "after the first file": eager(close="await ZwClose(hFile); if i == 0:;     " + SET, last="pass"),
        "after each file": eager(close="await ZwClose(hFile); " + SET, last="pass"),
        "a pulse": eager(last=SET.replace("KeSetEvent", "KePulseEvent")),
        "a set that is not awaited": eager(last=SET.removeprefix("await ")),
        "no close": eager(close="pass"),
        "does the mover's work, too": eager(last="await race.FileMoveThread(SyncRes); " + SET),
        "nothing is moved": STRAIGHT_INTO_TEMP2.format(name="EagerCreationThread", argument="SyncRes") + "    " + SET,
        "a reset behind it": eager(last=SET + "; await KeResetEvent(SyncRes.FileCreationEvent)"),
        "nothing": "EagerCreationThread = None",
    },
    3: {
        "two sets": two_movers("create; set; set", "wait; move"),
        "nobody waits": two_movers("create; set", "move"),
        "the creator does all": two_movers("create; move", "nothing"),
        "a notification event": two_movers("make it a notification; create; set", "wait; move"),
        "made anew by a mover": two_movers("create; set", "wait; make it a synchronization; set; move"),
        "a pulse": two_movers("create; set; pulse", "wait; move"),
        "passed on too late, and to nobody": two_movers("create; set", "wait; move; reset"),
        "a wait that ends": two_movers("create; set", "wait a while; move"),
        "a sleep": two_movers("create; set; sleep; set", "wait; move"),
        "signaled too early": two_movers("set; create", "wait; set; move"),
        "a forgotten await": two_movers("create; set", "wait; set, not awaited; move"),
        "a start routine that is not awaited": two_movers("create; set", "wait; set; move, not awaited"),
        "nothing": "CreateAndSignal = MoverOfTwo = None",
    },
}
RIGHT["04"] = {
    1: {
        "by a list of names": policy_maker(
            "just_in_time",
            "names = {thread.name: thread for thread in ready}\n        "
            'return names["System"] if "System" in names else names.get(next(order, ""), ready[0])',
            'order = iter(["FileCreationThread"] * 7 + ["FileMoveThread"])',
        ),
        "a run": JUST.format(taken=7).replace("just_in_time", "maker")
        + "def just_in_time():\n    return ks.run(synchronization_event, policy=maker(), FileCount=2, WriteCount=1)",
    },
    2: {
        "behind the last close": eager(
            close="await ZwClose(hFile); if i == SyncRes.FileCount - 1:;     " + SET, last="pass"
        ),
        "two sets behind the loop": eager(last=SET + "; " + SET),
        "a routine of its own": eager(last="await Tell(SyncRes)") + f"\nasync def Tell(SyncRes):\n    {SET}\n",
    },
    3: {
        "passed on after the move": two_movers("create; set", "wait; move; set"),
        "passed on in another routine": "async def Take(SyncRes):\n    "
        "await KeWaitForSingleObject(SyncRes.FileCreationEvent, Executive, KernelMode, False, None)\n    "
        f"{SET}\n"
        + two_movers("create; set", "nothing").replace(
            "pass", "await Take(SyncRes)\n    await race.FileMoveThread(SyncRes)"
        ),
    },
}

OTHER = "order = {order}"


def other_one(order: str) -> str:
    return policy_maker("other_one_waits", BY_NAME.format(order="order"), f"order = {order}")


def draining(body: str, Type: str = "NotificationEvent", creator: str = "CreateEach", more: str = "") -> str:
    words = {
        "wait": "await KeWaitForSingleObject(SyncRes.FileOperationEvent, Executive, KernelMode, False, None)",
        "poll": "await KeWaitForSingleObject(SyncRes.FileOperationEvent, Executive, KernelMode, False, LARGE_INTEGER(0))",
        "wait a while": "await KeWaitForSingleObject(SyncRes.FileOperationEvent, Executive, KernelMode, False, LARGE_INTEGER(-100))",
        "reset": "await KeResetEvent(SyncRes.FileOperationEvent)",
        "clear": "await KeClearEvent(SyncRes.FileOperationEvent)",
        "drain": "while await move(moved):\n            moved += 1",
        "drain to the end": "while moved < SyncRes.FileCount and await move(moved):\n            moved += 1",
        "one": "moved += await move(moved)",
        "one, whatever comes": "await move(moved)\n        moved += 1",
        "not awaited": "move(moved)\n        moved += 1",
    }
    lines = "\n        ".join(words[word] for word in body.split("; "))
    return f"""
async def DrainingMover(SyncRes):
    moved = 0
    while moved < SyncRes.FileCount:
        {lines}

{more}
one_by_one = driver_of({Type}, {creator}, DrainingMover)
"""


WRONG["05"] = {
    1: {
        "the oldest first": policy_maker("other_one_waits", "return ready[0]"),
        "as in the picture": other_one('["System", "FileCreationThread", "FileMoveThread", "FileMoveThread #2"]'),
        "a name that is not there": other_one('["System", "FileCreationThread", "FileMoveThread"]'),
        "in turns": "def other_one_waits():\n    return ks.RoundRobin()",
        "no policy": "def other_one_waits():\n    pass",
        "another driver's run": "def other_one_waits():\n    return ks.run(notification_event, FileCount=2, WriteCount=1)",
        "answers a name": policy_maker("other_one_waits", 'return "FileMoveThread #2"'),
        "not a function": "other_one_waits = None",
    },
    2: {
        "as it was": two_movers("nothing", "wait; reset; move", "FileOperationEvent"),
        "no wait": two_movers("nothing", "move", "FileOperationEvent"),
        "the reset comes later": two_movers("nothing", "wait; move; reset", "FileOperationEvent"),
        "a clear in its place": two_movers("nothing", "wait; clear; move", "FileOperationEvent"),
        "a set too early": two_movers("nothing", "set; wait; reset; move", "FileOperationEvent"),
        "a synchronization event": two_movers(
            "nothing", "make it a synchronization; wait; set; move", "FileOperationEvent"
        ),
        "made anew": two_movers("nothing", "wait; make it a notification; set; move", "FileOperationEvent"),
        "a wait that ends": two_movers("nothing", "wait a while; move", "FileOperationEvent"),
        "a start routine that is not awaited": two_movers("nothing", "wait; move, not awaited", "FileOperationEvent"),
        "a poll": two_movers("nothing", "poll; move", "FileOperationEvent"),
        "nothing": "MoverOfTwo = None",
    },
    3: {
        "as it was": draining("wait; drain; reset"),
        "no reset at all": draining("wait; drain").replace(
            "while await move(moved)", "while await move(moved) and moved < 1"
        ),
        "a clear in its place": draining("wait; drain; clear"),
        "one file a signal": draining("wait; reset; one"),
        "one file a signal, whatever comes": draining("wait; one, whatever comes", "SynchronizationEvent"),
        "a wait that ends": draining("wait a while; one, whatever comes"),
        "it asks and asks": draining("one"),
        "another creator": draining(
            "wait; drain; reset",
            creator="CreateAll",
            more="async def CreateAll(SyncRes):\n    await notification_event.FileCreationThread(SyncRes)\n",
        ),
        "another CreateEach": draining(
            "wait; drain; reset",
            more="""
async def CreateEach(SyncRes):
    await race.FileCreationThread(SyncRes)
    await KeSetEvent(SyncRes.FileOperationEvent, IO_NO_INCREMENT, False)
""",
        ),
        "a mover that is not awaited": draining("wait; reset; not awaited"),
        "the article's driver": draining("wait; reset; drain") + "one_by_one = notification_event",
        "no driver": draining("wait; reset; drain") + "one_by_one = None",
    },
}
RIGHT["05"] = {
    1: {
        "the second first of all": other_one('["System", "FileMoveThread #2", "FileCreationThread", "FileMoveThread"]'),
        "the second goes as soon as it can": policy_maker(
            "other_one_waits",
            "return max(ready, key=lambda thread: 4 * (thread.name == 'System') + 2 * (thread.name == 'FileCreationThread') + (thread.name[-1] == '2'))",
        ),
        "a run": other_one('["System", "FileCreationThread", "FileMoveThread #2", "FileMoveThread"]').replace(
            "other_one_waits", "maker"
        )
        + "def other_one_waits():\n    return ks.run(two_movers, policy=maker(), FileCount=2, WriteCount=1).replay",
    },
    2: {
        "looks twice": two_movers("nothing", "wait; wait; move", "FileOperationEvent"),
        "set again behind the reset": two_movers("nothing", "wait; reset; set; move", "FileOperationEvent"),
        "set again when all is moved": two_movers("nothing", "wait; reset; move; set", "FileOperationEvent"),
    },
    3: {
        "an event that resets itself": draining("wait; drain", "SynchronizationEvent"),
        "a clear before the look": draining("wait; clear; drain"),
        "it does not look beyond the end": draining("wait; reset; drain to the end"),
    },
}

SENTENCES = (
    "One more request is in the list; whichever worker is free takes it. Others may follow soon.",
    "The device has been initialised. Any number of threads may ask, now or in an hour.",
    "Each of two threads that share a buffer waits for its turn; the two must never both go on.",
)


def choice(*ways: object) -> str:
    return f"choice = {dict(zip(SENTENCES, ways, strict=False))!r}"


def even_and_odd(signal: str, even: str, odd: str) -> str:
    """The three routines of 06.2: what is done for each file, by a word each."""
    words = {
        "set": "await KeSetEvent(Shared.Ready, IO_NO_INCREMENT, False)",
        "pulse": "await KePulseEvent(Shared.Ready, IO_NO_INCREMENT, False)",
        "release": "await KeReleaseSemaphore(Shared.FilesReady, IO_NO_INCREMENT, 1, False)",
        "release, not awaited": "KeReleaseSemaphore(Shared.FilesReady, IO_NO_INCREMENT, 1, False)",
        "release all": "await KeReleaseSemaphore(Shared.FilesReady, IO_NO_INCREMENT, Shared.FileCount, False)",
        "wait": "await wait_for(Shared.Ready)",
        "wait, not awaited": "wait_for(Shared.Ready)",
        "take": "await wait_for(Shared.FilesReady)",
        "move": "await semaphore.MoveOneFile(i)",
        "move, not awaited": "semaphore.MoveOneFile(i)",
        "first": "at = 0\n        while not await semaphore.MoveOneFile(at):\n            at += 1",
        "until moved": "while not await semaphore.MoveOneFile(i):\n            pass",
        "nothing": "pass",
    }

    def routine(name: str, start: int, step: int, first: str, each: str) -> str:
        body = "\n        ".join(words[word] for word in each.split("; "))
        loop = (
            f"    for i in range({start}, Shared.FileCount, {step}):\n        {first}{body}\n"
            if each != "nothing"
            else "    pass\n"
        )
        return f"async def {name}(Shared):\n{loop}\n"

    creates = "await semaphore.CreateOneFile(Shared, i)\n        "
    return (
        routine("SignalEach", 0, 1, creates, signal)
        + routine("EvenMover", 0, 1 if even.startswith("all: ") else 2, "", even.removeprefix("all: "))
        + routine("OddMover", 1, 2, "", odd)
    )


SERVED = """
async def ReleaseAll(Shared):
    {release}

async def EndlessWorker(Shared):
    i = 0
    while True:
        {wait}
        while i < Shared.FileCount and not await semaphore.MoveOneFile(i):
            i += 1
        i += 1
        {then}

served = driver_of("served", ReleaseAll, {workers}, Stop={Type}, Limit=1000)
"""
EITHER = """status = await KeWaitForMultipleObjects(
            2, [{objects}], WaitAny, Executive, KernelMode, False, {timeout}, None
        )
        if status == {answer}:
            return"""
STOP = "await KeSetEvent(Shared.Stop, IO_NO_INCREMENT, False)"
RELEASE = "await KeReleaseSemaphore(Shared.FilesReady, IO_NO_INCREMENT, {count}, False)"
CREATE_ALL = "for i in range(Shared.FileCount):\n        await semaphore.CreateOneFile(Shared, i)"


def either(
    objects: str = "Shared.FilesReady, Shared.Stop", answer: str = "STATUS_WAIT_1", timeout: str = "None"
) -> str:
    return EITHER.format(objects=objects, answer=answer, timeout=timeout)


def served(
    *release: str,
    wait: str = "",
    Type: str = "NotificationEvent",
    workers: str = "EndlessWorker, EndlessWorker",
    then: str = "pass",
) -> str:
    lines = "\n    ".join(release or ("await ReleaseEach(Shared)", STOP))
    return SERVED.format(release=lines, wait=wait or either(), Type=Type, workers=workers, then=then)


def monitor(*lines: str) -> str:
    body = "\n    ".join(lines)
    return f"async def CuriousMonitor(Shared):\n    {body}\n"


ASKS = "await KeWaitForSingleObject(Shared.{event}, Executive, KernelMode, False, {timeout})"

WRONG["06"] = {
    1: {
        "any three keys": 'choice = {1: "semaphore", 2: "notification", 3: "synchronization"}',
        "all synchronization": choice(*["synchronization"] * 3),
        "all semaphores": choice(*["semaphore"] * 3),
        "a key is missing": choice("semaphore", "notification"),
        "the class's name": choice("KSEMAPHORE", "notification", "synchronization"),
        "a capital letter": choice("Semaphore", "notification", "synchronization"),
        "numbers": choice(3, 2, 1),
        "one left out": choice("semaphore", None, "synchronization"),
        "a list": 'choice = ["semaphore", "notification", "synchronization"]',
        "lists": choice(["semaphore"], ["notification"], ["synchronization"]),
        "a pulse": choice("pulse", "notification", "synchronization"),
        "nothing": "choice = None",
    },
    2: {
        "the signals coalesce": even_and_odd("set", "wait; move", "wait; move"),
        "one thread does everything": even_and_odd("move", "nothing", "nothing"),
        "one mover does everything": even_and_odd("release", "all: take; first", "nothing"),
        "a count, and the wrong file": even_and_odd("release", "take; move", "take; move"),
        "they do not wait": even_and_odd("release", "move", "move"),
        "they ask and ask": even_and_odd("release", "until moved", "until moved"),
        "a pulse": even_and_odd("pulse", "wait; move", "wait; move"),
        "two sets": even_and_odd("set; set", "wait; move", "wait; move"),
        "passed on": even_and_odd("set", "wait; set; move", "wait; set; move"),
        "all counts at each file": even_and_odd("release all", "take; first", "take; first"),
        "half mended": even_and_odd("release", "take; first", "wait; move"),
        "a release that is not awaited": even_and_odd("release, not awaited", "take; first", "take; first"),
        "a helper that is not awaited": even_and_odd("release", "take; first", "wait, not awaited; move"),
        "a move that is not awaited": even_and_odd("release", "take; move, not awaited", "take; first"),
        "nothing": "SignalEach = EvenMover = OddMover = None",
    },
    3: {
        "as it was": served("await ReleaseEach(Shared)", wait="await wait_for(Shared.FilesReady)"),
        "Stop first in the list": served(wait=either("Shared.Stop, Shared.FilesReady", "STATUS_WAIT_0")),
        "a synchronization event": served(Type="SynchronizationEvent"),
        "Stop is not waited for": served(wait="await wait_for(Shared.FilesReady)"),
        "Stop too early": served(STOP, "await ReleaseEach(Shared)"),
        "a pulse": served("await ReleaseEach(Shared)", STOP.replace("KeSetEvent", "KePulseEvent")),
        "more counts than files": served(
            "await ReleaseEach(Shared)",
            RELEASE.format(count=2),
            wait="await wait_for(Shared.FilesReady)",
            then="if i > Shared.FileCount:\n            return",
        ),
        "they give up": served(
            "await ReleaseEach(Shared)",
            wait=either("Shared.FilesReady, Shared.Stop", "STATUS_TIMEOUT", "LARGE_INTEGER(-1000)"),
        ),
        "one worker": served(workers="EndlessWorker"),
        "the first file, and done": served(wait="await wait_for(Shared.FilesReady)", then="return"),
        "the creator does all": served(
            CREATE_ALL, "    await semaphore.MoveOneFile(i)", STOP, wait="await wait_for(Shared.Stop)\n        return"
        ),
        "the wrong status": served(wait=either(answer="STATUS_WAIT_0")),
        "a forgotten await": served("await ReleaseEach(Shared)", STOP.removeprefix("await ")),
        "a routine that is not awaited": served("ReleaseEach(Shared)", STOP),
        "nothing": "served = None",
    },
    4: {
        "as it was": monitor("return " + ASKS.format(event="Ready", timeout="LARGE_INTEGER(0)") + " == STATUS_SUCCESS"),
        "no question": monitor("pass"),
        "a wait": monitor(ASKS.format(event="Ready", timeout="None")),
        "the other event": monitor("return await KeReadStateEvent(Shared.OtherReady)"),
        "it sets": monitor("await KeSetEvent(Shared.Ready, IO_NO_INCREMENT, False)"),
        "it resets": monitor("return await KeResetEvent(Shared.Ready)"),
        "it clears": monitor("await KeClearEvent(Shared.Ready)"),
        "it sets, whatever it found": monitor(
            ASKS.format(event="Ready", timeout="LARGE_INTEGER(0)"),
            "await KeSetEvent(Shared.Ready, IO_NO_INCREMENT, False)",
        ),
        "it pulses": monitor("await KePulseEvent(Shared.Ready, IO_NO_INCREMENT, False)"),
        "a forgotten await": monitor("return KeReadStateEvent(Shared.Ready) != 0"),
        "a field that is not there": monitor("return await KeReadStateEvent(Shared.Done)"),
        "it looks at the memory": monitor("return Shared.Ready.Header.SignalState"),
        "nothing": "CuriousMonitor = None",
        "a name": 'CuriousMonitor = "KeReadStateEvent"',
    },
}
RIGHT["06"] = {
    1: {
        "a semaphore for the turn": choice("semaphore", "notification", "semaphore"),
        "in another order": f"choice = dict([({SENTENCES[2]!r}, 'synchronization'), ({SENTENCES[1]!r}, 'notification'), ({SENTENCES[0]!r}, 'semaphore')])",
    },
    2: {
        "a count for each, the first that is left": even_and_odd("release", "take; first", "take; first"),
        "all counts at the end": """
async def SignalEach(Shared):
    for i in range(Shared.FileCount):
        await semaphore.CreateOneFile(Shared, i)
    await KeReleaseSemaphore(Shared.FilesReady, IO_NO_INCREMENT, Shared.FileCount, False)

async def EvenMover(Shared):
    for i in range(0, Shared.FileCount, 2):
        await wait_for(Shared.FilesReady)
        await semaphore.MoveOneFile(i)

async def OddMover(Shared):
    for i in range(1, Shared.FileCount, 2):
        await wait_for(Shared.FilesReady)
        await semaphore.MoveOneFile(i)
""",
    },
    3: {
        "as the lab does": served(wait=either(answer="1")),
        "the token is passed on": served(
            wait=either().replace(
                "            return",
                "            await KeSetEvent(Shared.Stop, IO_NO_INCREMENT, False)\n            return",
            ),
            Type="SynchronizationEvent",
        ),
    },
    4: {
        "for a log": monitor("done = await KeReadStateEvent(Shared.Ready)", "return bool(done)"),
        "it puts back what it took": monitor(
            f"if {ASKS.format(event='Ready', timeout='LARGE_INTEGER(0)')} == STATUS_SUCCESS:",
            "    await KeSetEvent(Shared.Ready, IO_NO_INCREMENT, False)",
        ),
    },
}

HERE = 'run.files("C:\\\\Temp")'
GONE = 'run.files("C:\\\\Temp2")'
SIZE = 'size = 15 * run.parameters["WriteCount"]'


def none_lost(answer: str, *lines: str) -> str:
    body = "\n    ".join([f"here, there = {HERE}, {GONE}", SIZE, *lines, f"return {answer}"])
    return f"def none_lost(run):\n    {body}\n"


EACH = 'all({} for i in range(run.parameters["FileCount"]))'
NAMES = 'here.get(f"file_{i}.txt"), there.get(f"NewFile_{i}.txt")'


def asking(creator: str = "create; set", mover: str = "ask; move") -> str:
    words = {
        "create": "await race.FileCreationThread(Shared)",
        "move": "await race.FileMoveThread(Shared)",
        "set": "await KeSetEvent(Shared.Created, IO_NO_INCREMENT, False)",
        "pulse": "await KePulseEvent(Shared.Created, IO_NO_INCREMENT, False)",
        "reset": "await KeResetEvent(Shared.Created)",
        "wait": "await KeWaitForSingleObject(Shared.Created, Executive, KernelMode, False, None)",
        "ask": "if not await is_complete(Shared.FileCount - 1):\n        await KeWaitForSingleObject(Shared.Created, Executive, KernelMode, False, None)",
        "ask for nothing": "await is_complete(Shared.FileCount - 1)",
        "ask for the first": "if not await is_complete(0):\n        await KeWaitForSingleObject(Shared.Created, Executive, KernelMode, False, None)",
        "ask and ask": "while not await is_complete(Shared.FileCount - 1):\n        pass",
        "ask, not awaited": "if not is_complete(Shared.FileCount - 1):\n        await KeWaitForSingleObject(Shared.Created, Executive, KernelMode, False, None)",
        "wait a while": "await KeWaitForSingleObject(Shared.Created, Executive, KernelMode, False, LARGE_INTEGER(-1000))",
        "move, not awaited": "race.FileMoveThread(Shared)",
        "sleep": "await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-1_000_000))",
        "nothing": "pass",
    }
    creates, moves = ("\n    ".join(words[word] for word in each.split("; ")) for each in (creator, mover))
    return f"async def CreateAndTell(Shared):\n    {creates}\n\nasync def AskingMover(Shared):\n    {moves}\n"


def patient(*lines: str) -> str:
    words = {
        "limit": "limit = LARGE_INTEGER(-30)",
        "second": "limit = LARGE_INTEGER(-10_000_000)",
        "poll": "limit = LARGE_INTEGER(0)",
        "first": "status = await KeWaitForSingleObject(Shared.Created, Executive, KernelMode, False, limit)",
        "again": "status = await KeWaitForSingleObject(Shared.Created, Executive, KernelMode, False, limit)",
        "wait": "await KeWaitForSingleObject(Shared.Created, Executive, KernelMode, False, None)",
        "set": "await KeSetEvent(Shared.Created, IO_NO_INCREMENT, False)",
        "timed out": "if status == STATUS_TIMEOUT:",
        "failed": "if not NT_SUCCESS(status):",
        "move": "await race.FileMoveThread(Shared)",
        "move, not awaited": "race.FileMoveThread(Shared)",
        "return": "return",
        "loop": "while status == STATUS_TIMEOUT:",
    }
    body = "\n    ".join(words[line.strip()].rjust(len(words[line.strip()]) + 4 * (line[0] == " ")) for line in lines)
    return f"async def PatientMover(Shared):\n    {body}\n"


def formula(answer: str, before: str = "pass") -> str:
    return f"def classes_of_the_pipeline(n):\n    {before}\n    return {answer}\n"


WRONG["07"] = {
    1: {
        "either, or both": none_lost(EACH.format(f"size in ({NAMES})")),
        "a sum of bytes": none_lost('sum([*here.values(), *there.values()]) == size * run.parameters["FileCount"]'),
        "as many files": none_lost('len(here) + len(there) == run.parameters["FileCount"]'),
        "sum by file": none_lost(
            EACH.format('here.get(f"file_{i}.txt", 0) + there.get(f"NewFile_{i}.txt", 0) == size')
        ),
        "all are complete, whatever their names": none_lost(
            'set(here.values()) | set(there.values()) == {size} and len(here) + len(there) == run.parameters["FileCount"]'
        ),
        "always": none_lost("True"),
        "never": none_lost("False"),
        "all have moved": none_lost('len(there) == run.parameters["FileCount"]'),
        "a name is missing": none_lost(EACH.format('here[f"file_{i}.txt"] == size')),
        "not answered": "def none_lost(run):\n    pass",
        "the verdict": 'def none_lost(run):\n    return run.verdict == "completed"',
        "the sample's question": "none_lost = samples.all_moved",
        "a slash": 'def none_lost(run):\n    return len(run.files("C:/Temp")) == 3',
        "true": "none_lost = True",
        "asks the trace": "def none_lost(run):\n    return len(ks.steps(run)) > 20",
        "at least": none_lost(EACH.format(f"sorted(({NAMES}), key=str)[0] is not None or size in ({NAMES})")),
        "not shorter": none_lost(
            EACH.format(f"[each is not None and each >= size for each in ({NAMES})].count(True) == 1")
        ),
    },
    2: {
        "as it was": asking("create; pulse"),
        "never asks": asking(mover="wait; move"),
        "asks behind the wait": asking(mover="wait; ask for nothing; move"),
        "asks for the first": asking(mover="ask for the first; move"),
        "does not wait": asking(mover="ask for nothing; move"),
        "asks and asks": asking(mover="ask and ask; move"),
        "a set and a reset": asking("create; set; reset"),
        "a pulse, later": asking("create; sleep; pulse"),
        "the creator does all": asking("create; move; set", "ask for nothing"),
        "set before": asking("set; create", "ask; move"),
        "a wait that ends": asking("create; pulse", "ask for nothing; wait a while; move"),
        "a question that is not awaited": asking(mover="ask, not awaited; move"),
        "a move that is not awaited": asking(mover="ask; move, not awaited"),
        "nothing": "CreateAndTell = AskingMover = None",
    },
    3: {
        "as it was": patient("limit", "first", "move"),
        "a second": patient("second", "first", "move"),
        "no time-out": patient("wait", "move"),
        "a time-out behind the wait": patient("wait", "limit", "first", "move"),
        "NT_SUCCESS": patient("limit", "first", "failed", "    wait", "move"),
        "gives up": patient("limit", "first", "timed out", "    return", "move"),
        "twice": patient("limit", "first", "timed out", "    again", "move"),
        "waits for ever where it came in time": patient("limit", "first", "wait", "move"),
        "sets it itself": patient("limit", "first", "timed out", "    set", "wait", "move"),
        "a start routine that is not awaited": patient("limit", "first", "timed out", "    wait", "move, not awaited"),
        "nothing": "PatientMover = None",
        "the sample's": "PatientMover = race.FileMoveThread",
    },
    4: {
        "two a file": formula("2 * n"),
        "one more": formula("n + 1"),
        "three a file": formula("3**n"),
        "from a table": formula("[0, 2, 4, 8, 16, 32, 64, 128, 0][min(n, 8)]"),
        "a table with an end": formula("{1: 2, 2: 4, 3: 8, 4: 16, 5: 32, 6: 64, 7: 128}[n]"),
        "text": formula('"2**n"'),
        "a number": "classes_of_the_pipeline = 128",
        "not answered": "def classes_of_the_pipeline(n):\n    pass",
        "prints it": formula("print(2**n)"),
        "a slip": formula("2**m"),
        "xor": formula("2 ^ n"),
        "takes nothing": "def classes_of_the_pipeline():\n    return 2",
    },
}
RIGHT["07"] = {
    1: {
        "one is None": none_lost(EACH.format(f"{{{NAMES}}} == {{size, None}}")),
        "by lists": none_lost(EACH.format(f"sorted([{NAMES}], key=str) == sorted([size, None], key=str)")),
        "a set of what may be": none_lost(
            EACH.format(f"({NAMES}) in ((size, None), (None, size))"), "# either here, or there"
        ),
    },
    2: {
        "asks, and waits in any case": asking(mover="ask for nothing; wait; move"),
        "two sets": asking("create; set; set"),
    },
    3: {
        "without a log": patient("limit", "first", "timed out", "    wait", "move"),
        "in a loop": patient("second", "first", "loop", "    again", "move"),
        "a poll first": patient("poll", "first", "timed out", "    wait", "move"),
        "another status": patient("limit", "first", "timed out", "    wait", "move").replace(
            "== STATUS_TIMEOUT", "!= STATUS_SUCCESS"
        ),
    },
    4: {
        "a shift": formula("1 << n"),
        "a recursion": formula("1 if n == 0 else 2 * classes_of_the_pipeline(n - 1)"),
        "pow": formula("pow(2, n)"),
    },
}

COUNTED = """
async def MoverThatCounted(SyncRes):
    await KeWaitForSingleObject(SyncRes.FileCreationEvent, Executive, KernelMode, False, None)
    for i in range(SyncRes.FileCount):
        oldPath, newPath, attributes = UNICODE_STRING(), UNICODE_STRING(), OBJECT_ATTRIBUTES()
        RtlInitUnicodeString(oldPath, f"\\\\DosDevices\\\\C:\\\\Temp\\\\file_{{i}}.txt")
        RtlInitUnicodeString(newPath, f"\\\\DosDevices\\\\C:\\\\Temp2\\\\NewFile_{{i}}.txt")
        InitializeObjectAttributes(attributes, oldPath, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, None, None)
        hFile, ioStatusBlock = HANDLE(), IO_STATUS_BLOCK()
        status = await ZwOpenFile(
            hFile, DELETE | SYNCHRONIZE, attributes, ioStatusBlock, FILE_SHARE_READ, FILE_SYNCHRONOUS_IO_NONALERT
        )
        if NT_SUCCESS(status):
            length = {length}
            renameInfo = FILE_RENAME_INFORMATION(length)
            renameInfo.ReplaceIfExists = True
            renameInfo.FileNameLength = {name_length}
            renameInfo.FileName = newPath.Buffer
            {rename}ZwSetInformationFile(hFile, ioStatusBlock, renameInfo, length, FileRenameInformation)
            await ZwClose(hFile)
"""


def counted(length: str, name_length: str = "newPath.Length", rename: str = "await ") -> str:
    return COUNTED.format(length=length, name_length=name_length, rename=rename)


def unload(*lines: str) -> str:
    words = {
        "wait for done": "await KeWaitForSingleObject(SyncRes.DoneEvent, Executive, KernelMode, False, None)",
        "wait for both": "await KeWaitForMultipleObjects(2, threads, WaitAll, Executive, KernelMode, False, None, None)",
        "wait for any": "await KeWaitForMultipleObjects(2, threads, WaitAny, Executive, KernelMode, False, None, None)",
        "wait for the mover": "await KeWaitForSingleObject(threads[1], Executive, KernelMode, False, None)",
        "wait for the creator": "await KeWaitForSingleObject(threads[0], Executive, KernelMode, False, None)",
        "wait a while": "await KeWaitForMultipleObjects(2, threads, WaitAll, Executive, KernelMode, False, LARGE_INTEGER(-100_000), None)",
        "sleep": "await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10_000_000))",
        "give one back": "await ObDereferenceObject(threads[0])",
        "give the other back": "await ObDereferenceObject(threads[1])",
        "give back, not awaited": "ObDereferenceObject(threads[0])",
        "delete": "await IoDeleteDevice(DriverObject.DeviceObject)",
        "nothing": "pass",
    }
    body = "\n    ".join(words[line] for line in lines)
    return f"""
async def MoverThatTells(SyncRes):
    await synchronization_event.FileMoveThread(SyncRes)
    await KeSetEvent(SyncRes.DoneEvent, IO_NO_INCREMENT, False)

async def UnloadThatWaits(DriverObject):
    SyncRes = DriverObject.DeviceObject.DeviceExtension
    threads = [SyncRes.CreationThread, SyncRes.MoveThread]
    {body}
"""


GIVE = ("give one back", "give the other back", "delete")


def gives_up(*failed: str, last: str = "set") -> str:
    words = {
        "stop": "await KeSetEvent(SyncRes.StopEvent, IO_NO_INCREMENT, False)",
        "stop, not awaited": "KeSetEvent(SyncRes.StopEvent, IO_NO_INCREMENT, False)",
        "set": "await KeSetEvent(SyncRes.FileCreationEvent, IO_NO_INCREMENT, False)",
        "end": "await PsTerminateSystemThread(status)",
        "end well": "await PsTerminateSystemThread(STATUS_SUCCESS)",
        "end with a time-out": "await PsTerminateSystemThread(STATUS_TIMEOUT)",
        "end badly": "await PsTerminateSystemThread(STATUS_UNSUCCESSFUL)",
        "return": "return",
        "return it": "return status",
        "go on": "pass",
    }
    body = "\n            ".join(words[word] for word in failed)
    return f"""
async def CreatorThatGivesUp(SyncRes):
    for i in range(SyncRes.FileCount):
        status = await careful.CreateFile(SyncRes, i)
        if not NT_SUCCESS(status):
            {body}
    {words[last]}
"""


HURRIED = """
async def HurriedMover(SyncRes):
    waitObjects, limit = [{objects}], {limit}
    status = await KeWaitForMultipleObjects(2, waitObjects, WaitAny, Executive, KernelMode, False, limit, None)
    if {test}:
        {end}
    result = STATUS_SUCCESS
    for i in range(SyncRes.FileCount):
        {move}
        if NT_SUCCESS(result):
            result = status
    {last}
"""


def hurried(
    test: str = "status != STATUS_WAIT_1",
    end: str = "await PsTerminateSystemThread(STATUS_CANCELLED)",
    limit: str = "LARGE_INTEGER(-30)",
    move: str = "status = await careful.MoveFile(i)",
    last: str = "await PsTerminateSystemThread(result)",
    objects: str = "SyncRes.StopEvent, SyncRes.FileCreationEvent",
) -> str:
    return HURRIED.format(test=test, end=end, limit=limit, move=move, last=last, objects=objects)


def asker(*behind: str, limit: str = "LARGE_INTEGER(-30)", first: str = "first") -> str:
    words = {
        "first": "status = await KeWaitForSingleObject(frame.DoneEvent, Executive, KernelMode, False, limit)",
        "wait": "await KeWaitForSingleObject(frame.DoneEvent, Executive, KernelMode, False, None)",
        "poll": "status = await KeWaitForSingleObject(frame.DoneEvent, Executive, KernelMode, False, LARGE_INTEGER(0))",
        "timed out": "if status == STATUS_TIMEOUT:",
        "came": "if status == STATUS_SUCCESS:",
        "failed": "if not NT_SUCCESS(status):",
        "take it back": "Mailbox.Answer = None",
        "set": "await KeSetEvent(frame.DoneEvent, IO_NO_INCREMENT, False)",
        "sleep": "await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10_000_000))",
        "not awaited": "KeWaitForSingleObject(frame.DoneEvent, Executive, KernelMode, False, None)",
    }
    lines = [words[first]] + [" " * 4 * (line[0] == " ") + words[line.strip()] for line in behind]
    body = "\n        ".join(lines)
    return f"""
async def ImpatientAsker(Mailbox):
    limit = {limit}
    with StackFrame({{"DoneEvent": KEVENT}}) as frame:
        await KeInitializeEvent(frame.DoneEvent, SynchronizationEvent, False)
        Mailbox.Answer = frame.DoneEvent
        await KeSetEvent(Mailbox.AskEvent, IO_NO_INCREMENT, False)
        {body}
"""


WRONG["08"] = {
    1: {
        "as it was": counted("88"),
        "two more": counted("90"),
        "94, enough for 1001 files": counted("94"),
        "100": counted("100"),
        "500, not enough for the longest name": counted("500"),
        "the name alone": counted("newPath.Length"),
        "in characters": counted('FIELD_OFFSET(FILE_RENAME_INFORMATION, "FileName") + len(newPath.Buffer)'),
        "the old path's length": counted('FIELD_OFFSET(FILE_RENAME_INFORMATION, "FileName") + oldPath.Length'),
        "a name that is cut": counted("88", name_length="68"),
        "by the digits, up to four": counted("88 + 2 * min(len(str(i)) - 1, 3)"),
        "a rename that is not awaited": counted("20 + newPath.Length", rename=""),
        "text": counted('"88"'),
        "the sample's, which waits for another event": "MoverThatCounted = race.FileMoveThread",
        "nothing": "MoverThatCounted = None",
    },
    2: {
        "as it was": unload("wait for done", "delete"),
        "without giving back": unload("wait for both", "delete"),
        "one is given back": unload("wait for both", "give one back", "delete"),
        "one twice": unload("wait for both", "give one back", "give one back", "delete"),
        "for any of them": unload("wait for any", *GIVE),
        "for the mover alone": unload("wait for the mover", *GIVE),
        "for the creator, and the event": unload("wait for the creator", "wait for done", *GIVE),
        "for a while": unload("wait a while", *GIVE),
        "a second": unload("sleep", *GIVE),
        "the device stays": unload("wait for both", "give one back", "give the other back"),
        "the device first": unload("delete", "wait for both", "give one back", "give the other back"),
        "given back first": unload("give one back", "give the other back", "wait for both", "delete"),
        "a forgotten await": unload("wait for both", "give back, not awaited", "give the other back", "delete"),
        "nothing": unload("nothing"),
    },
    3: {
        "as it was": gives_up("return"),
        "the status is returned": gives_up("return it"),
        "stops, and says nothing": gives_up("stop", "return"),
        "says so, and nobody is told": gives_up("end"),
        "goes on": gives_up("go on"),
        "as if all were there": gives_up("set", "return"),
        "with success": gives_up("stop", "end well"),
        "with a time-out, which is a success": gives_up("stop", "end with a time-out"),
        "gives up in any case": "async def CreatorThatGivesUp(SyncRes):\n    await KeSetEvent(SyncRes.StopEvent, IO_NO_INCREMENT, False)\n"
        "    await PsTerminateSystemThread(STATUS_UNSUCCESSFUL)\n",
        "never sets the other event": gives_up("stop", "end", last="go on"),
        "tells in the end, too": gives_up("stop", "end", last="end badly"),
        "a forgotten await": gives_up("stop, not awaited", "end"),
        "nothing": "CreatorThatGivesUp = None",
    },
    4: {
        "as it was": hurried("not NT_SUCCESS(status)", "await PsTerminateSystemThread(status)", last="return"),
        "ends with the time-out": hurried(end="await PsTerminateSystemThread(status)"),
        "no time-out": hurried(limit="None"),
        "goes on after a time-out": hurried("status == STATUS_WAIT_0", last="return"),
        "goes on after a stop": hurried("status == STATUS_TIMEOUT", last="return"),
        "what comes of the moves is not told": hurried(move="await careful.MoveFile(i)"),
        "returns": hurried(end="return"),
        "gives up in any case": hurried("True"),
        "gives up without a wait": "async def HurriedMover(SyncRes):\n    await PsTerminateSystemThread(STATUS_CANCELLED)\n",
        "the two mixed up": hurried(objects="SyncRes.FileCreationEvent, SyncRes.StopEvent"),
        "a file that is not awaited": hurried(move="status = careful.MoveFile(i)"),
        "a longer time-out": hurried("not NT_SUCCESS(status)", limit="LARGE_INTEGER(-10_000_000)", last="return"),
        "nothing": "HurriedMover = None",
    },
    5: {
        "as it was": asker(),
        "no time-out": asker(limit="None"),
        "no time-out, and a look at the end": asker("poll", first="wait"),
        "a longer one": asker(limit="LARGE_INTEGER(-100_000_000)"),
        "NT_SUCCESS": asker("failed", "    wait"),
        "a poll behind it": asker("timed out", "    poll"),
        "sleeps": asker("timed out", "    sleep"),
        "waits where the answer has come": asker("came", "    wait"),
        "waits in any case": asker("wait"),
        "sets it itself": asker("timed out", "    set", "wait"),
        "takes the address back": asker("timed out", "    take it back"),
        "does not ask": "async def ImpatientAsker(Mailbox):\n    await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-30))\n",
        "a forgotten await": asker("timed out", "    not awaited"),
        "nothing": "ImpatientAsker = None",
    },
}
RIGHT["08"] = {
    1: {
        "enough for the longest name": counted("4096"),
        "by a number's digits": counted("86 + 2 * len(str(i))"),
        "from the text": counted('FIELD_OFFSET(FILE_RENAME_INFORMATION, "FileName") + 2 * len(newPath.Buffer)'),
    },
    2: {
        "one after the other": unload("wait for the creator", "wait for the mover", *GIVE),
        "the event, too": unload("wait for done", "wait for both", *GIVE),
    },
    3: {
        "with a status of its own": gives_up("stop", "end badly"),
        "sets both": gives_up("stop", "set", "end"),
    },
    4: {
        "another failure": hurried(end="await PsTerminateSystemThread(STATUS_UNSUCCESSFUL)"),
        "the other order": hurried("status != STATUS_WAIT_0", objects="SyncRes.FileCreationEvent, SyncRes.StopEvent"),
        "both tests": hurried("status in (STATUS_WAIT_0, STATUS_TIMEOUT)"),
        "goes on, and tells what came of it": hurried("status == STATUS_WAIT_0"),
    },
    5: {
        "whatever else came": asker("came", "    take it back").replace(
            "            Mailbox.Answer = None", "            return"
        )
        + "        await KeWaitForSingleObject(frame.DoneEvent, Executive, KernelMode, False, None)\n",
        "another while": asker("timed out", "    wait", limit="LARGE_INTEGER(-100)"),
    },
}

DRAINS = """moved = 0
while moved < Shared.FileCount:
    await KeWaitForSingleObject(Shared.Written, Executive, KernelMode, False, None)
    while moved < Shared.FileCount and await MoveOneFile(moved):
        moved += 1"""
HAND_OVER = {
    "create": "await CreateOneFile(Shared, i)",
    "create, not awaited": "CreateOneFile(Shared, i)",
    "move": "await MoveOneFile(i)",
    "move, not awaited": "MoveOneFile(i)",
    "move until it works": "while not await MoveOneFile(i):\n    pass",
    "move the others": "for left in range(i, Shared.FileCount):\n    await MoveOneFile(left)",
    "wait, and move what is there": DRAINS,
    "set": "await KeSetEvent(Shared.Written, IO_NO_INCREMENT, False)",
    "pulse": "await KePulseEvent(Shared.Written, IO_NO_INCREMENT, False)",
    "clear": "await KeClearEvent(Shared.Written)",
    "wait": "await KeWaitForSingleObject(Shared.Written, Executive, KernelMode, False, None)",
    "make it a notification": "await KeInitializeEvent(Shared.Written, NotificationEvent, False)",
    "ready": "await KeReleaseSemaphore(Shared.Ready, IO_NO_INCREMENT, 1, False)",
    "ready, not awaited": "KeReleaseSemaphore(Shared.Ready, IO_NO_INCREMENT, 1, False)",
    "all ready": "await KeReleaseSemaphore(Shared.Ready, IO_NO_INCREMENT, Shared.FileCount, False)",
    "take": "await KeWaitForSingleObject(Shared.Ready, Executive, KernelMode, False, None)",
    "take, or a while": "await KeWaitForSingleObject(Shared.Ready, Executive, KernelMode, False, LARGE_INTEGER(-100))",
    "room": "await KeWaitForSingleObject(Shared.Room, Executive, KernelMode, False, None)",
    "room, or a while": "await KeWaitForSingleObject(Shared.Room, Executive, KernelMode, False, LARGE_INTEGER(-100))",
    "give": "await KeReleaseSemaphore(Shared.Room, IO_NO_INCREMENT, 1, False)",
    "stop or room": "if await first_of(Shared.Stop, Shared.Room) == STATUS_WAIT_0:\n    break",
    "room or stop": "if await first_of(Shared.Room, Shared.Stop) == STATUS_WAIT_1:\n    break",
    "stop or take": "if await first_of(Shared.Stop, Shared.Ready) == STATUS_WAIT_0:\n    break",
    "take or stop": "if await first_of(Shared.Ready, Shared.Stop) == STATUS_WAIT_1:\n    break",
    "look": "if await KeReadStateEvent(Shared.Stop):\n    break",
    "look by a wait": "if await KeWaitForSingleObject(Shared.Stop, Executive, KernelMode, False, LARGE_INTEGER(0)) == 0:\n    break",
    "stop is over": "await KeResetEvent(Shared.Stop)",
    "at first": "if i == 0:",
    "at last": "if i == Shared.FileCount - 1:",
    "every second time": "if i % 2:",
    "of three files": "if Shared.FileCount == 3:",
    "from the third on": "if i >= 2:",
    "until the sixth": "if i < 5:",
    "at a sixth": "if i == 5:\n    break",
    "else": "else:",
    "sleep": "await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10_000_000))",
    "a slip": "await KeSetEvent(Shared.written, IO_NO_INCREMENT, False)",
    "nothing": "pass",
}
FIRST_OF = """
async def first_of(*objects):
    return await KeWaitForMultipleObjects(len(objects), objects, WaitAny, Executive, KernelMode, False, None, None)
"""


def each_file(name: str, each: str, before: str = "nothing", behind: str = "nothing") -> str:
    """A start routine of notebook 09: what it does for each file, before all and behind them, by a word each."""

    def lines(words: str, depth: int) -> str:
        given = [(word.strip(), " " * (depth + len(word) - len(word.lstrip()))) for word in words.split("; ")]
        return "".join(indent(HAND_OVER[word], by) + "\n" for word, by in given)

    loop = f"    for i in range(Shared.FileCount):\n{lines(each, 8)}"
    return f"async def {name}(Shared):\n{lines(before, 4)}{loop}{lines(behind, 4)}\n"


def hand_over(creator: str, mover: str, names: str = "CreateEach MoveEach", **around: str) -> str:
    """Two start routines; around their loops: before_creator, behind_creator, before_mover, behind_mover."""
    made = FIRST_OF
    for name, each, who in zip(names.split(), (creator, mover), ("creator", "mover"), strict=True):
        given = {place: around.get(f"{place}_{who}", "nothing") for place in ("before", "behind")}
        made += each_file(name, each, **given)
    return made


def limited(creator: str, mover: str, **around: str) -> str:
    return hand_over(creator, mover, "CreateBounded MoveBounded", **around)


BY_HAND = """
async def {name}(Shared):
    data, path, attributes = b"Hello, World!\\r\\n", UNICODE_STRING(), OBJECT_ATTRIBUTES()
    for i in range(Shared.FileCount):
        {before}
        RtlInitUnicodeString(path, f"\\\\DosDevices\\\\C:\\\\{file}.txt")
        InitializeObjectAttributes(attributes, path, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, None, None)
        hFile, ioStatusBlock = HANDLE(), IO_STATUS_BLOCK()
        await ZwCreateFile(
            hFile, GENERIC_WRITE, attributes, ioStatusBlock, None, FILE_ATTRIBUTE_NORMAL, 0,
            FILE_OVERWRITE_IF, FILE_SYNCHRONOUS_IO_NONALERT, None, 0,
        )
        {opened}
        for _ in range(Shared.WriteCount):
            await ZwWriteFile(hFile, None, None, None, ioStatusBlock, data, len(data), None, None)
        await ZwClose(hFile)
        {closed}
    {behind}
"""


def by_hand(
    name: str,
    file: str = "Temp\\\\file_{i}",
    before: str = "pass",
    opened: str = "pass",
    closed: str = "pass",
    behind: str = "pass",
) -> str:
    return BY_HAND.format(name=name, file=file, before=before, opened=opened, closed=closed, behind=behind)


# One thread for all, which moves a file while another is open.
ALONE = "if i > 0:\n            await MoveOneFile(i - 1)"
THE_LAST = "await MoveOneFile(Shared.FileCount - 1)"


def stoppable(
    creator: str = "stop or room; create; ready",
    mover: str = "stop or take; move; give",
    unload: str = "set; wait; give one back; give the other back",
    **around: str,
) -> str:
    words = {
        "set": "await KeSetEvent(Shared.Stop, IO_NO_INCREMENT, False)",
        "set, not awaited": "KeSetEvent(Shared.Stop, IO_NO_INCREMENT, False)",
        "pulse": "await KePulseEvent(Shared.Stop, IO_NO_INCREMENT, False)",
        "reset": "await KeResetEvent(Shared.Stop)",
        "wait": "await KeWaitForMultipleObjects(2, [Creator, Mover], WaitAll, Executive, KernelMode, False, None, None)",
        "wait for any": "await KeWaitForMultipleObjects(2, [Creator, Mover], WaitAny, Executive, KernelMode, False, None, None)",
        "wait a while": "await KeWaitForMultipleObjects(2, [Creator, Mover], WaitAll, Executive, KernelMode, False, LARGE_INTEGER(-100_000), None)",
        "wait for the creator": "await KeWaitForSingleObject(Creator, Executive, KernelMode, False, None)",
        "wait for the mover": "await KeWaitForSingleObject(Mover, Executive, KernelMode, False, None)",
        "wait for what they set": "await KeWaitForSingleObject(Shared.Written, Executive, KernelMode, False, None)",
        "give one back": "await ObDereferenceObject(Creator)",
        "give the other back": "await ObDereferenceObject(Mover)",
        "sleep": "await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10_000_000))",
        "nothing": "pass",
    }
    body = "\n    ".join(words[word] for word in unload.split("; "))
    return (
        hand_over(creator, mover, "CreateStoppable MoveStoppable", **around)
        + f"async def UnloadSafely(Shared, Creator, Mover):\n    {body}\n"
    )


EVENTS = """
events = []

async def CreateEach(Shared):
    events[:] = [KEVENT(f"Written{i}") for i in range(Shared.FileCount)]
    for event in events:
        await KeInitializeEvent(event, NotificationEvent, False)
    await KeSetEvent(Shared.Written, IO_NO_INCREMENT, False)
    for i in range(Shared.FileCount):
        await CreateOneFile(Shared, i)
        await KeSetEvent(events[i], IO_NO_INCREMENT, False)

async def MoveEach(Shared):
    await KeWaitForSingleObject(Shared.Written, Executive, KernelMode, False, None)
    for i in range(Shared.FileCount):
        await KeWaitForSingleObject(events[i], Executive, KernelMode, False, None)
        await MoveOneFile(i)
"""
PLACES = """
places = []

async def CreateStoppable(Shared):
    places[:] = [KEVENT("Place0"), KEVENT("Place1")]
    for place in places:
        await KeInitializeEvent(place, SynchronizationEvent, True)
    for i in range(Shared.FileCount):
        if await first_of(Shared.Stop, places[i % 2]) == STATUS_WAIT_0:
            break
        await CreateOneFile(Shared, i)
        await KeReleaseSemaphore(Shared.Ready, IO_NO_INCREMENT, 1, False)

async def MoveStoppable(Shared):
    for i in range(Shared.FileCount):
        if await first_of(Shared.Stop, Shared.Ready) == STATUS_WAIT_0:
            break
        await MoveOneFile(i)
        await KeSetEvent(places[i % 2], IO_NO_INCREMENT, False)
"""
FIRST_ATTEMPT = "ks.run(capstone(CreateAndSet, WaitAndMove), policy=lambda ready: ready[0], FileCount=2, WriteCount=1)"

WRONG["09"] = {
    1: {
        "as it was": hand_over("create; set", "wait; move"),
        "a notification event": hand_over("create; set", "wait; clear; move", before_creator="make it a notification"),
        "a pulse": hand_over("create; pulse", "wait; move"),
        "two sets": hand_over("create; set; set", "wait; move"),
        "ready before it is": hand_over("ready; create", "take; move"),
        "one count for all": hand_over("create; at last;     ready", "take; move"),
        "all counts for each": hand_over("create; all ready", "take; move"),
        "a wait at first": hand_over("create; ready", "at first;     take; move"),
        "a wait that ends": hand_over("create; ready", "take, or a while; move"),
        "no wait": hand_over("create", "move"),
        "sleeps": hand_over("create; ready", "sleep; move"),
        "sleeps at first": hand_over("create", "move", before_mover="sleep"),
        "when all are there": hand_over("create; at last;     all ready", "take; move"),
        "never at the same time": hand_over("create; ready; room", "take; move; give", before_creator="room; room"),
        "one thread does everything": hand_over("create; move", "nothing"),
        "one thread, a file behind": by_hand("CreateEach", opened=ALONE, behind=THE_LAST)
        + each_file("MoveEach", "nothing"),
        "one thread, under the other's name": by_hand("CreateEach", opened=ALONE, behind=THE_LAST)
        + each_file("MoveEach", "nothing")
        + 'MoveEach.__name__ = "CreateEach"',
        "one routine for both": each_file("CreateEach", "create; move") + "MoveEach = CreateEach",
        "nothing is moved": by_hand("CreateEach", "Temp2\\\\NewFile_{i}") + each_file("MoveEach", "nothing"),
        "of three files one by one, of more as it was": hand_over(
            "create; of three files;     ready; else;     set", "of three files;     take; else;     wait; move"
        ),
        "five at most": hand_over("at a sixth; create; ready", "at a sixth; take; move"),
        "five are told": hand_over("create; until the sixth;     ready", "until the sixth;     take; move"),
        "await forgotten": hand_over("create; ready, not awaited", "take; move"),
        "a file that is not awaited": hand_over("create, not awaited; ready", "take; move"),
        "a move that is not awaited": hand_over("create; ready", "take; move, not awaited"),
        "a name that is none": hand_over("create; a slip", "wait; move"),
        "no async": "def CreateEach(Shared):\n    pass",
        "nothing": "CreateEach = None",
    },
    2: {
        "no limit": limited("create; ready", "take; move"),
        "room is given before": limited("room; create; ready", "take; give; move"),
        "room is given at once": limited("room; create; ready; give", "take; move"),
        "room is taken behind": limited("create; room; ready", "take; move; give"),
        "room for three": limited("room; create; ready", "take; move; give", before_creator="give"),
        "room for one": limited("room; create; ready", "take; move; give", before_creator="room"),
        "nobody gives room": limited("room; create; ready", "take; move"),
        "the mover takes it": limited("create; ready; give", "take; room; move"),
        "a wait that ends": limited("room, or a while; create; ready", "take; move; give"),
        "room is taken in pairs": limited("every second time;     room; create; ready", "take; move; give"),
        "until the sixth": limited("until the sixth;     room; create; ready", "take; move; give"),
        "of three files": limited("of three files;     room; create; ready", "take; move; give"),
        "one thread does everything": limited("create; move", "nothing"),
        "one thread, a file behind": by_hand("CreateBounded", opened=ALONE, behind=THE_LAST)
        + each_file("MoveBounded", "nothing"),
        "nothing is moved": by_hand("CreateBounded", "Temp2\\\\NewFile_{i}") + each_file("MoveBounded", "nothing"),
        "an event for what is ready": limited("room; create; set", "wait; move; give"),
        "gives even if nothing has moved": limited("room; create; ready", "move; give"),
        "a move that is not awaited": limited("room; create; ready", "take; move, not awaited; give"),
        "one routine": "CreateBounded = None\n" + each_file("MoveBounded", "take; move; give"),
        "a name": 'CreateBounded = MoveBounded = "FileMoveThread"',
    },
    3: {
        "no stop": stoppable("room; create; ready", "take; move; give"),
        "only the mover stops": stoppable("room; create; ready"),
        "only the creator stops": stoppable(mover="take; move; give"),
        "room goes before stop": stoppable("room or stop; create; ready"),
        "ready goes before stop": stoppable(mover="take or stop; move; give"),
        "looks, and waits for room": stoppable("look; room; create; ready"),
        "looks each second time": stoppable("every second time;     look; room; create; ready", behind_mover="give"),
        "looks at the first two": stoppable(
            "from the third on;     room; else;     stop or room; create; ready", behind_mover="give"
        ),
        "moves at the end what is left": stoppable(behind_mover="move the others"),
        "half a file": by_hand(
            "CreateStoppable",
            before="if await first_of(Shared.Stop, Shared.Room) == STATUS_WAIT_0:\n            break",
            opened="if await KeReadStateEvent(Shared.Stop):\n            await ZwClose(hFile)\n            break",
            closed="await KeReleaseSemaphore(Shared.Ready, IO_NO_INCREMENT, 1, False)",
        )
        + stoppable().replace("CreateStoppable", "ThatOne"),
        "a file stays open": by_hand(
            "CreateStoppable",
            before="if await first_of(Shared.Stop, Shared.Room) == STATUS_WAIT_0:\n            break",
            opened="if await KeReadStateEvent(Shared.Stop):\n            break",
            closed="await KeReleaseSemaphore(Shared.Ready, IO_NO_INCREMENT, 1, False)",
        )
        + stoppable().replace("CreateStoppable", "ThatOne"),
        "stop is reset": stoppable(behind_mover="stop is over"),
        "the unload does nothing": stoppable(unload="nothing"),
        "it sets no stop": stoppable(unload="wait; give one back; give the other back"),
        "it sets stop too late": stoppable(unload="wait; set; give one back; give the other back"),
        "it sleeps first": stoppable(unload="sleep; set; wait; give one back; give the other back"),
        "a pulse": stoppable(unload="pulse; wait; give one back; give the other back"),
        "a reset": stoppable(unload="set; reset; wait; give one back; give the other back"),
        "it does not wait": stoppable(unload="set; give one back; give the other back"),
        "it sleeps in place of a wait": stoppable(unload="set; sleep; give one back; give the other back"),
        "it waits for any": stoppable(unload="set; wait for any; give one back; give the other back"),
        "it waits for the mover": stoppable(unload="set; wait for the mover; give one back; give the other back"),
        "it waits for the creator": stoppable(unload="set; wait for the creator; give one back; give the other back"),
        "it waits a while": stoppable(unload="set; wait a while; give one back; give the other back"),
        "it waits for what they set": stoppable(
            unload="set; wait for what they set; wait for what they set; give one back; give the other back",
            behind_creator="set",
            behind_mover="set",
        ),
        "nothing is given back": stoppable(unload="set; wait"),
        "one is given back": stoppable(unload="set; wait; give one back"),
        "one is given back twice": stoppable(unload="set; wait; give one back; give one back"),
        "given back first": stoppable(unload="set; give one back; give the other back; wait"),
        "a set that is not awaited": stoppable(unload="set, not awaited; wait; give one back; give the other back"),
        "other arguments": stoppable().replace("UnloadSafely(Shared, Creator, Mover)", "UnloadSafely(DriverObject)"),
        "no unload": stoppable() + "UnloadSafely = None",
        "room is given before": stoppable(mover="stop or take; give; move"),
        "no limit": stoppable("look; create; ready", "stop or take; move"),
    },
    4: {
        "a run in which the mover waits": f"order = {FIRST_ATTEMPT}",
        "the creator first": "order = lambda ready: ready[0]",
        "in turns": "order = ks.RoundRobin()",
        "another driver's": "order = ks.run(synchronization_event, FileCount=2, WriteCount=1)",
        "a text of another size": f"order = {FIRST_ATTEMPT}.replay".replace("FileCount=2", "FileCount=3"),
        "none": 'order = "none"',
        "there is one": 'order = "there is one"',
        "false": "order = False",
        "a number": "order = 0",
        "a list of names": 'order = ["System"] * 12 + ["CreateAndSet"] * 9',
        "an empty list": "order = []",
        "thread numbers": "order = [0] * 12 + [1] * 9",
        "a kind of policy": "order = ks.Random",
        "a policy that answers a name": 'order = lambda ready: "CreateAndSet"',
        "the verdict": 'order = "violated"',
        "a policy without an answer": "def order(ready):\n    pass",
    },
}
RIGHT["09"] = {
    1: {
        "asks and asks": hand_over("create", "move until it works"),
        "an event, and all that is there": hand_over(
            "create; set", "nothing", before_mover="wait, and move what is there"
        ),
        "an event for each": EVENTS,
    },
    2: {
        "room by the file": limited("room; create; ready", "take; move; give", behind_creator="give"),
        "asks and asks": limited("room; create", "move until it works; give"),
    },
    3: {
        "one after the other": stoppable(
            unload="set; wait for the mover; give the other back; wait for the creator; give one back"
        ),
        "room, then a look": stoppable("room; look by a wait; create; ready", behind_mover="give"),
        "an event for each place": stoppable() + PLACES,
    },
    4: {
        "with a full stop": 'order = "There is none."',
        "in capitals": 'order = "THERE IS NONE!"',
    },
}

for every, in_c in ((WRONG, wrong_answers_c.WRONG), (RIGHT, wrong_answers_c.RIGHT)):
    for number, answers in in_c.items():
        for exercise, given in answers.items():
            every.setdefault(number, {}).setdefault(exercise, {}).update(given)
