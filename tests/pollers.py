"""Random drivers with threads that poll; and the same with a bound on the rounds of each, whose orders have an end."""

from drivers import EVENTS, OBJECTS, PATHS, SHARED, Known, named, perform

from kevent_sim.ntifs import *

ROUNDS = 2  # of a poller that gives up: one may come to nothing
HOW = ["read", "delay", "doze", "wait", "look", "any", "all", "open", "helper", "keeps"]
BEGINS, GIVES_UP = "KeGetCurrentThread", "KeGetCurrentIrql"  # calls that nothing else makes
SOON = LARGE_INTEGER(-10)


def call(draw):
    kind = draw.choice(
        [
            "KeSetEvent",
            "KeSetEvent",
            "KeResetEvent",
            "KePulseEvent",
            "wait",
            "release",
            "create",
            "open",
            "close",
            "alert",
        ]
    )
    match kind:
        case "wait":
            return kind, draw.choice(OBJECTS), draw.choice([None, None, -50, 0]), False
        case "release":
            return "KeReleaseSemaphore", 1
        case "create" | "open":
            return kind, draw.choice(PATHS)
        case "close" | "alert":
            return (kind,) if kind == "close" else ("KeReadStateEvent", draw.choice(EVENTS))
    return kind, draw.choice(EVENTS)


def spec(draw):
    """[(how, on what, what comes after it) of each poller], [calls of each other thread], are their events signaled?"""
    pollers = [
        (draw.choice(HOW), draw.choice(EVENTS), [call(draw) for _ in range(draw.randint(0, 1))])
        for _ in range(draw.choice([1, 1, 1, 2]))
    ]
    others = [
        [call(draw) for _ in range(draw.randint(1, 3))]
        for _ in range(draw.choice([1, 2] if len(pollers) == 1 else [1]))
    ]
    if draw.random() < 0.6:
        others[0].insert(draw.randint(0, len(others[0])), ("KeSetEvent", pollers[0][1]))
    return pollers, others


async def asks(Shared, how, event):
    """One look: is it over?"""
    one = getattr(Shared, event)
    match how:
        case "wait" | "look":
            due = SOON if how == "wait" else LARGE_INTEGER(0)
            return await KeWaitForSingleObject(one, Executive, KernelMode, False, due) != STATUS_TIMEOUT
        case "any" | "all":
            kind = WaitAny if how == "any" else WaitAll
            status = await KeWaitForMultipleObjects(2, [one, Shared.C], kind, Executive, KernelMode, False, SOON, None)
            return status != STATUS_TIMEOUT
        case "open":
            hFile = HANDLE()
            status = await ZwOpenFile(hFile, GENERIC_READ, named(PATHS[0]), IO_STATUS_BLOCK(), 7, 0)
            return NT_SUCCESS(status)
    return bool(await KeReadStateEvent(one))


def poller(how, event, after, bounded):
    async def Poller(Shared):
        rounds, last = 0, None
        while not await asks(Shared, how, event):
            if how in ("delay", "doze"):
                await KeDelayExecutionThread(KernelMode, how == "doze", SOON)
            if how == "keeps":
                last = [how, {"event": event}]
            if bounded:
                rounds += 1
                if rounds == ROUNDS:
                    await KeGetCurrentIrql()
                    return
        assert last in (None, [how, {"event": event}])
        await KeGetCurrentThread()
        known = Known(Shared, [])
        for one in after:
            await perform(known, one)

    return Poller


def driver(pollers, others, bounded=False):
    def of(calls):
        async def Thread(Shared):
            known = Known(Shared, [])
            for one in calls:
                await perform(known, one)

        return Thread

    async def DriverEntry(DriverObject, RegistryPath):
        Shared = SHARED()
        await KeInitializeEvent(Shared.S, SynchronizationEvent, False)
        await KeInitializeEvent(Shared.N, NotificationEvent, False)
        await KeInitializeSemaphore(Shared.C, 0, 2)
        for routine in (*(poller(*each, bounded) for each in pollers), *map(of, others)):
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, Shared)
        return STATUS_SUCCESS

    return DriverEntry


def ended(run):
    """How a run has ended, but for how often pollers have looked before they saw what they waited for; `gives up` where
    one does not see it."""
    told = []
    for thread in run.threads:
        calls = [(one.routine, str(one.result), one.waited) for one in run.calls(thread)]
        if thread.startswith("Poller"):
            names = [routine for routine, *_ in calls]
            if GIVES_UP in names:
                return "gives up"
            if BEGINS not in names and run.bugcheck is None:
                return "polls for ever"
            calls = calls[names.index(BEGINS) :] if BEGINS in names else []
        told.append((thread, tuple(calls)))
    return run.outcome, tuple(told)
