"""Random drivers whose threads count in Python memory, each in its own or all in one."""

from drivers import SHARED

from kevent_sim.ntifs import *


class Counter:
    total = 0

    def __init__(self):
        self.count = 0
        self.parts = []

    @classmethod
    def add_up(cls):
        cls.total += 1

    def add(self):
        self.count += 1

    async def work(self, _):
        await KeGetCurrentIrql()
        self.count += 1
        await KeGetCurrentIrql()


def drawn(dice):
    """A driver whose threads count in a list, a dict, a variable or an object, each its own or one for all; what they
    do depends on the count."""
    kind, together, programs = dice.choice(["list", "dict", "cell", "object"]), dice.random() < 0.5, []
    for _ in range(dice.randint(2, 3)):
        programs.append([dice.choice(["add", "take", "when", "set", "read"]) for _ in range(dice.randint(1, 4))])

    def memory():
        value, state = 0, {"list": [0], "dict": {0: 0}, "object": Counter()}.get(kind)

        def add(more):
            nonlocal value
            if kind == "cell":
                value += more
            elif kind == "object":
                state.count += more
            else:
                state[0] += more

        return add, lambda: {"cell": value}.get(kind) or (state.count if kind == "object" else state and state[0])

    def routine_of(calls, add, get):
        async def Worker(Shared):
            for call in calls:
                if call in ("add", "take"):
                    add(1 if call == "add" else -1)
                    await KeReadStateEvent(Shared.N)
                elif call == "set":
                    await KeSetEvent(Shared.S, 0, False)
                elif call == "read":
                    await KeReadStateEvent(Shared.S)
                elif get():
                    await KeResetEvent(Shared.S)

        return Worker

    async def DriverEntry(DriverObject, RegistryPath):
        Shared, one = SHARED(), memory()
        await KeInitializeEvent(Shared.S, SynchronizationEvent, False)
        await KeInitializeEvent(Shared.N, NotificationEvent, False)
        for calls in programs:
            mine = one if together else memory()
            routine = routine_of(calls, *mine)
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, Shared)
        return STATUS_SUCCESS

    return DriverEntry, together, programs


def told(run):
    """What each thread called and got."""
    calls = {thread: [(call.routine, str(call.result)) for call in run.calls(thread)] for thread in run.threads}
    return run.outcome, str(calls)
