# ruff: noqa: E501
"""Answers in C: notebook -> exercise -> why it is wrong, or in what it is right -> the cell, made of the stub's."""

from __future__ import annotations

from pathlib import Path

from kevent_sim.course.exercises import Course

Answers = dict[str, dict[int, dict[str, str]]]
FOLDER = Path(__file__).parent.parent / "notebooks"


def changed(cell: str, *changes: tuple[str, str]) -> str:
    """A cell otherwise; each change is of text that stands there."""
    for old, new in changes:
        assert old in cell, old
        cell = cell.replace(old, new)
    return cell


def stub(number: str, exercise: int) -> str:
    (path,) = FOLDER.glob(f"{number}_*.ipynb")
    return Course(path).stub(exercise)


def wait(event: str, timeout: str = "NULL") -> str:
    return f"KeWaitForSingleObject(&{event}, Executive, KernelMode, FALSE, {timeout});"


def signal(event: str, routine: str = "KeSetEvent") -> str:
    return f"{routine}(&{event}, IO_NO_INCREMENT, FALSE);"


MOVING = "    for (ULONG i = 0; i < FILE_COUNT; i++) {\n        MoveOneFile(i);\n    }\n"
A_WHILE = "LARGE_INTEGER a = {.QuadPart = -30}; "

PER_FILE, TIDY, TWO, STAYS = stub("04", 4), stub("05", 4), stub("06", 5), stub("08", 6)
ONE, ALL, READY = "FileCreationEvent", "FileOperationEvent", "Ready"
ONE_WAIT = f"        {wait(ONE)}\n"
LOOP = "    for (ULONG i = 0; i < FILE_COUNT; i++) {\n"
BEFORE_THE_LOOP = (LOOP + ONE_WAIT, ONE_WAIT[4:] + LOOP)
REFER = "ObReferenceObjectByHandle(threadHandle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, &Thread, NULL); "
GLOBAL = ('#include "files.h"\n', '#include "files.h"\nPVOID Thread;\n')
EMPTY = "DriverUnload(PDRIVER_OBJECT DriverObject)\n{\n"
WAITED = "KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, NULL);"


def unload(*statements: str) -> tuple[str, str]:
    return EMPTY, EMPTY + "".join(f"    {each}\n" for each in statements)


def with_threads_object(*changes: tuple[str, str]) -> str:
    return changed(STAYS, GLOBAL, ("        ZwClose(", f"        {REFER}\n        ZwClose("), *changes)


WRONG: Answers = {
    "04": {
        4: {
            "as it was": PER_FILE,
            "no wait": changed(PER_FILE, (ONE_WAIT, "")),
            "a signal for each file": changed(
                PER_FILE, ("CreateOneFile(i);", f"CreateOneFile(i);\n        {signal(ONE)}")
            ),
            "behind the loop": changed(PER_FILE, (ONE_WAIT, ""), ("MoveOneFile(i);\n    }", f"MoveOneFile(i);\n    }}\n{ONE_WAIT}")),
            "a wait that gives up": changed(
                PER_FILE, BEFORE_THE_LOOP, (wait(ONE), f"{A_WHILE}{wait(ONE, '&a')}")
            ),
            "a pulse": changed(PER_FILE, BEFORE_THE_LOOP, ("KeSetEvent", "KePulseEvent")),
            "the creator moves": changed(PER_FILE, ("CreateOneFile(i);", "CreateOneFile(i); MoveOneFile(i);"), (ONE_WAIT, "")),
            "a text that is no C": changed(PER_FILE, (wait(ONE), wait(ONE)[:-1])),
            "nothing": "per_file = None",
        }
    },
    "05": {
        4: {
            "as it was": TIDY,
            "a pulse": changed(TIDY, ("KeSetEvent", "KePulseEvent"), ("KeResetEvent(&FileOperationEvent);", "")),
            "a synchronization event alone": changed(TIDY, ("NotificationEvent", "SynchronizationEvent")),
            "nobody waits": changed(TIDY, (wait(ALL), "")),
            "two sets": changed(TIDY, (signal(ALL), signal(ALL) + signal(ALL))),
            "reset before the set, and too early": changed(
                TIDY, (f"    {signal(ALL)}\n    KeResetEvent(&{ALL});\n", ""), (LOOP + "        CreateOneFile", f"    {signal(ALL)}\n{LOOP}        CreateOneFile")
            ),
            "nothing": "tidy = None",
        }
    },
    "06": {
        5: {
            "as it was": TWO,
            "a mover less": changed(TWO, ("    StartThread(FileMoveThread);\n    StartThread(FileMoveThread);\n", "    StartThread(FileCreationThread);\n")),
            "two sets": changed(TWO, (signal(READY), signal(READY) + " " + signal(READY))),
            "a pulse": changed(TWO, ("SynchronizationEvent", "NotificationEvent"), ("KeSetEvent", "KePulseEvent")),
            "a reset by who comes first": changed(
                TWO, ("SynchronizationEvent", "NotificationEvent"), (wait(READY), wait(READY) + " KeResetEvent(&Ready);")
            ),
            "nobody waits": changed(TWO, (wait(READY), "")),
            "nothing": "two_in_c = None",
        }
    },
    "08": {
        6: {
            "as it was": STAYS,
            "by the handle, which is closed": changed(
                STAYS, (GLOBAL[0], '#include "files.h"\nHANDLE Thread;\n'), ("ZwClose(", "Thread = threadHandle; ZwClose("),
                unload("KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, NULL);"),
            ),
            "a pause": changed(STAYS, unload(f"{A_WHILE}KeDelayExecutionThread(KernelMode, FALSE, &a);")),
            "a wait that gives up": with_threads_object(
                unload(f"{A_WHILE}{WAITED.replace('NULL', '&a')}", "ObDereferenceObject(Thread);")
            ),
            "an event of its own": changed(
                STAYS, (GLOBAL[0], '#include "files.h"\nKEVENT Done;\n'), ("FileThread(PVOID Context)\n{\n", "FileThread(PVOID Context)\n{\n"),
                ("        MoveOneFile(i);\n    }\n", f"        MoveOneFile(i);\n    }}\n    {signal('Done')}\n"),
                ("    DriverObject->", "    KeInitializeEvent(&Done, NotificationEvent, FALSE);\n    DriverObject->"),
                unload(wait("Done")),
            ),
            "no unload": changed(STAYS, ("FileThread, NULL);", "FileThread, NULL); DriverObject->DriverUnload = NULL; return STATUS_UNSUCCESSFUL;")),
            "no files": with_threads_object(unload(WAITED), ("        MoveOneFile(i);\n", "")),
            "nothing": "stays = None",
        }
    },
}  # fmt: skip
RIGHT: Answers = {
    "04": {
        4: {
            "a wait before the first": changed(PER_FILE, (ONE_WAIT, f"        if (i == 0) {{\n    {ONE_WAIT}        }}\n")),
            "an event that stays signaled": changed(PER_FILE, ("SynchronizationEvent", "NotificationEvent")),
            "passed on to itself": changed(PER_FILE, (ONE_WAIT, f"{ONE_WAIT}        {signal(ONE)}\n")),
        }
    },
    "05": {
        4: {
            "reset by who has waited": changed(
                TIDY, (f"    KeResetEvent(&{ALL});\n", ""), (wait(ALL), f"{wait(ALL)} KeResetEvent(&{ALL});")
            ),
            "taken by who waits": changed(
                TIDY, (f"    KeResetEvent(&{ALL});\n", ""), ("NotificationEvent", "SynchronizationEvent")
            ),
        }
    },
    "06": {
        5: {
            "passed on": changed(TWO, (wait(READY), f"{wait(READY)} {signal(READY)}")),
            "a semaphore": changed(
                TWO, ("KEVENT Ready", "KSEMAPHORE Ready"), (signal(READY), "KeReleaseSemaphore(&Ready, 0, 2, FALSE);"),
                ("KeInitializeEvent(&Ready, SynchronizationEvent, FALSE)", "KeInitializeSemaphore(&Ready, 0, 2)"),
            ),
        }
    },
    "08": {
        6: {
            "the thread's object": with_threads_object(unload(WAITED, "ObDereferenceObject(Thread);")),
            "by a handle that is kept": changed(
                STAYS, (GLOBAL[0], '#include "files.h"\nHANDLE Kept;\n'), ("ZwClose(threadHandle)", "Kept = threadHandle"),
                unload(
                    "PVOID Thread;", REFER.replace("threadHandle", "Kept"), "ZwClose(Kept);", WAITED, "ObDereferenceObject(Thread);"
                ),
            ),
        }
    },
}  # fmt: skip
