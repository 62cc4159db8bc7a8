"""Answers to the exercises: notebook -> exercise -> why it is wrong, or in what it is right -> the code in the stub's place.

Each is what a learner may write: a fix that mends half, a slip of the hand, and what beats a judge that does not ask what
the exercise's text asks.
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
