# ruff: noqa: E501
"""Answers to the exercises: notebook -> exercise -> why it is wrong, or in what it is right -> code for its stub's place.

Each is what a learner may write: a fix that mends half, a slip of the hand, and what beats a judge that does not ask
what the exercise's text asks.
"""

from __future__ import annotations

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
