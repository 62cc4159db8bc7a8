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
    (cell,) = (cell for cell in Course(path).cells if cell.exercise == exercise and "stub" in cell.tags)
    return cell.source


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
SOLVED_TIDY = changed(TIDY, (f"    KeResetEvent(&{ALL});\n", ""))
NO_SIGNAL = [("NotificationEvent, FALSE", "NotificationEvent, TRUE"), (signal(ALL), f"KeReadStateEvent(&{ALL});")]
SOLVED_TWO = changed(TWO, ("SynchronizationEvent", "NotificationEvent"))
REFER = "ObReferenceObjectByHandle(threadHandle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, &Thread, NULL); "
GLOBAL = ('#include "files.h"\n', '#include "files.h"\nPVOID Thread;\n')
EMPTY = "DriverUnload(PDRIVER_OBJECT DriverObject)\n{\n"
WAITED = "KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, NULL);"


SOON = "LARGE_INTEGER a; a.QuadPart = -30; "
NOT_CREATED = (f"{LOOP}        CreateOneFile(i);\n    }}\n", "")
CREATED_TOO = ("MoveOneFile(i);", "CreateOneFile(i);\n        MoveOneFile(i);")


def asked(event: str) -> tuple[str, str]:
    """Who asks again and again in place of a wait."""
    return wait(event), f"{SOON}while (!KeReadStateEvent(&{event})) KeDelayExecutionThread(KernelMode, FALSE, &a);"


def short(event: str) -> tuple[str, str]:
    """Who waits again and again, each time a little."""
    return wait(event), f"{SOON}while ({wait(event, '&a')[:-1]} == STATUS_TIMEOUT);"


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
            "the mover creates": changed(PER_FILE, NOT_CREATED, (ONE_WAIT, ""), CREATED_TOO),
            "the mover waits, and creates": changed(PER_FILE, NOT_CREATED, BEFORE_THE_LOOP, CREATED_TOO),
            "created by DriverEntry": changed(
                PER_FILE, NOT_CREATED, BEFORE_THE_LOOP, ("    KeInitializeEvent", f"{NOT_CREATED[0]}    KeInitializeEvent")
            ),
            "started when all is done": changed(
                PER_FILE, (ONE_WAIT, ""), (signal(ONE), "StartThread(FileMoveThread);"),
                ("StartThread(FileCreationThread);\n    StartThread(FileMoveThread);", "StartThread(FileCreationThread);"),
                ("VOID FileCreationThread", "VOID FileMoveThread(PVOID Context);\nVOID FileCreationThread"),
            ),
            "asks and asks": changed(PER_FILE, BEFORE_THE_LOOP, asked(ONE)),
            "short waits": changed(PER_FILE, BEFORE_THE_LOOP, short(ONE)),
            "tries the file": changed(
                PER_FILE, (ONE_WAIT, ""),
                ("MoveOneFile(i);", f"{SOON}while (!NT_SUCCESS(MoveOneFile(i))) KeDelayExecutionThread(KernelMode, FALSE, &a);"),
            ),
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
            "the mover creates": changed(SOLVED_TIDY, NOT_CREATED, (wait(ALL), ""), CREATED_TOO),
            "asks and asks": changed(SOLVED_TIDY, asked(ALL)),
            "a wait for what nobody signals, and then polls": changed(
                SOLVED_TIDY, *NO_SIGNAL, ("MoveOneFile(i);", f"{SOON}while (!NT_SUCCESS(MoveOneFile(i))) KeDelayExecutionThread(KernelMode, FALSE, &a);")
            ),
            "short waits": changed(SOLVED_TIDY, short(ALL)),
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
            "one mover": changed(TWO, ("    StartThread(FileMoveThread);\n" * 2, "    StartThread(FileMoveThread);\n")),
            "one of the two waits": changed(
                TWO, (wait(READY), f"if (InterlockedIncrement(&n) == 1) {wait(READY)}"), ("KEVENT Ready;", "KEVENT Ready; LONG n;")
            ),
            "asks and asks": changed(SOLVED_TWO, asked(READY)),
            "short waits": changed(SOLVED_TWO, short(READY)),
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


# -- notebook 10 -------------------------------------------------------------------------------------------------------


def in_c(exercise: int, *changes: tuple[str, str]) -> str:
    """A listing of notebook 10, otherwise."""
    return changed(stub("10", exercise), *changes)


def empty(name: str, prints: str = "") -> str:
    """A driver that does nothing but print."""
    head = "NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)"
    return f"%%c {name}\n#include <ntifs.h>\n#define ROUNDS 2\n{head}\n{{\n    {prints}return STATUS_SUCCESS;\n}}\n"


LENGTH, TERMINATOR = "wcslen(Name) * sizeof(WCHAR)", "        Copy[wcslen(Name)] = L'\\0';\n"
PRINTS, GIVES_BACK = '    DbgPrint("%ws\\n", (PWSTR)Context);\n', "    ExFreePoolWithTag(Context, TAG);\n"
SLOW, GOES = 'DbgPrint("slow\\n");\n', "        return;\n"
UNTIL_ANSWERED = "KeWaitForSingleObject(&{}Answered, Executive, KernelMode, FALSE, NULL);\n"
ON_STACK, LIMITED_WAIT = "    KEVENT Answered;\n    LARGE", "KeWaitForSingleObject(&Answered"
COUNTS, TOTAL, ENTERS = "        Total = Total + 1;\n", "ULONG Total;", "    PVOID Threads[2];\n"
LIMIT = "    Limit.LowPart = 30;\n"
INITIALISE = "    KeInitializeEvent(&Ready, NotificationEvent, FALSE);\n"
ANSWERS, WAITS = "    Answer = 6 * 7;\n", "    KeWaitForSingleObject(&Ready, Executive, KernelMode, FALSE, NULL);\n"
CREATES = "    HANDLE Thread;\n    NTSTATUS Status"
REFERENCE = (
    "    PVOID Object;\n    ObReferenceObjectByHandle(Thread, SYNCHRONIZE, *PsThreadType, KernelMode, &Object, NULL);\n"
)


def mailbox_event(*changes: tuple[str, str], own: str = "Mailbox.") -> str:
    """Exercise 2 with an event that outlives its function."""
    where = ("PKEVENT Answered", "KEVENT  Answered") if own else (ON_STACK, ON_STACK.replace("KEVENT", "static KEVENT"))
    moved = [
        (ON_STACK, "    LARGE"), ("    Mailbox.Answered = &Answered;\n", ""), ("(&Answered", "(&Mailbox.Answered"),
        ("KeSetEvent(Mailbox.Answered", "KeSetEvent(&Mailbox.Answered"),
    ]  # fmt: skip
    return in_c(2, where, *(moved if own else []), *changes)


def guarded_count(event: str = "SynchronizationEvent", state: str = "TRUE", last: str = "") -> str:
    """Exercise 3, where an event lets one thread in at a time."""
    wait = "        KeWaitForSingleObject(&Free, Executive, KernelMode, FALSE, NULL);\n"
    signal = "        KeSetEvent(&Free, IO_NO_INCREMENT, FALSE);\n"
    ready = f"{ENTERS}\n    KeInitializeEvent(&Free, {event}, {state});\n"
    return in_c(3, (TOTAL, f"{TOTAL}\nKEVENT Free;"), (COUNTS, wait + COUNTS + (last or signal)), (ENTERS, ready))


def limit(lines: str) -> str:
    return in_c(4, (LIMIT, lines))


def early(*changes: tuple[str, str]) -> str:
    """Exercise 5 with the event ready before the thread is there."""
    return in_c(5, (INITIALISE, ""), (CREATES, f"    HANDLE Thread;\n{INITIALISE}    NTSTATUS Status"), *changes)


WRONG["10"] = {
    1: {
        "a byte more": in_c(1, (LENGTH, LENGTH + " + 1")),
        "no terminator": in_c(1, (TERMINATOR, "")),
        "room for a pointer": in_c(1, ("NON_PAGED, Length", "NON_PAGED, sizeof(Name)")),
        "characters for bytes": in_c(1, ("NON_PAGED, Length", "NON_PAGED, wcslen(Name) + 1")),
        "a character less": in_c(
            1, (LENGTH, "(wcslen(Name) - 1) * sizeof(WCHAR)"), ("Copy[wcslen(Name)]", "Copy[wcslen(Name) - 1]")
        ),
        "enough for the first name": in_c(1, ("NON_PAGED, Length", "NON_PAGED, 26")),
        "copies too much": in_c(1, ("NON_PAGED, Length", "NON_PAGED, 64"), ("Name, Length)", "Name, 64)")),
        "gives it back too early": in_c(1, (LENGTH, LENGTH + " + 2"), (PRINTS + GIVES_BACK, GIVES_BACK + PRINTS)),
        "gives it back twice": in_c(
            1, (LENGTH, LENGTH + " + 2"), ("        ZwClose", "        ExFreePool(Copy);\n        ZwClose")
        ),
        "prints nothing": in_c(1, (LENGTH, LENGTH + " + 2"), (PRINTS, "")),
        "gives nothing back": in_c(1, (LENGTH, LENGTH + " + 2"), (GIVES_BACK, "")),
        "says so and copies nothing": empty("names", 'DbgPrint("\\\\Device\\\\Echo\\n\\\\Device\\\\EchoControl\\n"); '),
        "says each and copies nothing": empty(
            "names", 'DbgPrint("\\\\Device\\\\Echo\\n"); DbgPrint("\\\\Device\\\\EchoControl\\n"); '
        ),
        "does nothing": empty("names"),
    },
    2: {
        "no time limit": in_c(2, ("FALSE, &Limit", "FALSE, NULL")),
        "an event that stays, and no answer": mailbox_event(),
        "a static one, and no answer": mailbox_event(own=""),
        "takes the address back": in_c(2, (GOES, "        Mailbox.Answered = NULL;\n        return;\n")),
        "looks before it signals": in_c(
            2,
            (GOES, "        Mailbox.Answered = NULL;\n        return;\n"),
            ("    KeSetEvent(Mailbox.Answered", "    if (Mailbox.Answered != NULL) KeSetEvent(Mailbox.Answered"),
        ),
        "sleeps": in_c(2, (GOES, "        KeDelayExecutionThread(KernelMode, FALSE, &Limit);\n")),
        "does not say that it is slow": in_c(2, (SLOW, UNTIL_ANSWERED.format("")), (GOES, "")),
        "asks again and again": in_c(2, ("    if (Ke", "    while (Ke"), (GOES, "")),
        "does not look": in_c(2, (GOES, "")),
        "a longer time": in_c(2, ("-30", "-30000")),
        "says so and asks nobody": empty("asks", 'DbgPrint("the answer is 42\\n"); '),
        "does nothing": empty("asks"),
    },
    3: {
        "volatile": in_c(3, (TOTAL, "volatile ULONG Total;")),
        "another way to write it": in_c(3, (COUNTS, "        Total++;\n")),
        "a copy of its own, in each round": in_c(3, (COUNTS, "        ULONG Old = Total;\n        Total = Old + 1;\n")),
        "an event that lets both in": guarded_count("NotificationEvent"),
        "an event that lets nobody in": guarded_count(state="FALSE"),
        "lets one in, and nobody after": guarded_count(last=" "),
        "one of the two is atomic": in_c(
            3,
            (
                COUNTS,
                "        if (Context) {\n            InterlockedIncrement((volatile LONG *)&Total);\n        } else {\n            Total++;\n        }\n",
            ),
            ("Counter, NULL", "Counter, i ? Threads : NULL"),
        ),
        "only one counts": in_c(
            3, ("i < ROUNDS", "Context == NULL && i < ROUNDS"), ("Counter, NULL", "Counter, i ? Threads : NULL")
        ),
        "does not wait": in_c(
            3, ("    KeWaitForMultipleObjects(2, Threads, WaitAll, Executive, KernelMode, FALSE, NULL, NULL);\n", "")
        ),
        "waits for one of them": in_c(3, ("WaitAll", "WaitAny")),
        "four, and counts nothing": empty("counts", 'DbgPrint("the total is 4\\n"); '),
        "twice the rounds, and counts nothing": empty("counts", 'DbgPrint("the total is %d\\n", 2 * ROUNDS); '),
        "does nothing": empty("counts"),
    },
    4: {
        "the other half, too, and a positive number": limit("    Limit.QuadPart = 30;\n"),
        "nothing, then the lower half": limit("    Limit.QuadPart = 0;\n    Limit.LowPart = 30;\n"),
        "the lower half of a negative number": limit("    Limit.QuadPart = 0;\n    Limit.LowPart = (ULONG)-30;\n"),
        "no time at all": limit("    Limit.QuadPart = 0;\n"),
        "no limit": in_c(4, (LIMIT, ""), ("FALSE, &Limit", "FALSE, NULL")),
        "does not wait": limit("    Limit.QuadPart = -30;\n").replace(
            "NTSTATUS Status = KeWaitForSingleObject(&Ready, Executive, KernelMode, FALSE, &Limit);",
            "NTSTATUS Status = STATUS_TIMEOUT;",
        ),
        "success is in time": limit("    Limit.QuadPart = -30;\n").replace(
            "Status == STATUS_TIMEOUT", "!NT_SUCCESS(Status)"
        ),
        "says so and starts nobody": empty("patient", 'DbgPrint("in time\\n"); '),
        "does nothing": empty("patient"),
    },
    5: {
        "once more behind it": early((WAITS, INITIALISE + WAITS)),
        "both initialise it": in_c(5, (ANSWERS, INITIALISE + ANSWERS)),
        "the worker initialises it": in_c(5, (INITIALISE, ""), (ANSWERS, INITIALISE + ANSWERS)),
        "the worker sleeps first": in_c(
            5,
            (
                ANSWERS,
                "    LARGE_INTEGER Time = { .QuadPart = -30 };\n    KeDelayExecutionThread(KernelMode, FALSE, &Time);\n"
                + ANSWERS,
            ),
        ),
        "right behind the thread": in_c(5, (INITIALISE, ""), ("    if (!NT", INITIALISE + "    if (!NT")),
        "signaled from the start": early(("NotificationEvent, FALSE", "NotificationEvent, TRUE")),
        "does not wait": early((WAITS, "")),
        "signals, then answers": early(
            (ANSWERS, ""), ("IO_NO_INCREMENT, FALSE);\n", "IO_NO_INCREMENT, FALSE);\n" + ANSWERS)
        ),
        "nobody signals": early(("    KeSetEvent(&Ready, IO_NO_INCREMENT, FALSE);\n", "")),
        "says so and starts nobody": empty("starts", 'DbgPrint("the answer is 42\\n"); '),
        "does nothing": empty("starts"),
    },
}
RIGHT["10"] = {
    1: {
        "room for one more": in_c(1, ("NON_PAGED, Length", "NON_PAGED, Length + sizeof(WCHAR)")),
        "a counted string": in_c(
            1,
            ("NON_PAGED, Length", "NON_PAGED, Length + sizeof(UNICODE_NULL)"),
            (TERMINATOR, "        Copy[Length / sizeof(WCHAR)] = UNICODE_NULL;\n"),
        ),
    },
    2: {
        "an event in the mailbox, and waits": mailbox_event((GOES, "        " + UNTIL_ANSWERED.format("Mailbox."))),
        "a static one, and waits": mailbox_event((GOES, "        " + UNTIL_ANSWERED.format("")), own=""),
    },
    3: {
        "adds": in_c(3, (TOTAL, "LONG Total;"), (COUNTS, "        InterlockedExchangeAdd(&Total, 1);\n")),
        "one at a time": guarded_count(),
        "each for itself": in_c(
            3,
            (TOTAL, "ULONG Totals[2];"),
            (COUNTS, "        *(PULONG)Context += 1;\n"),
            ("Counter, NULL", "Counter, &Totals[i]"),
            ('\\n", Total)', '\\n", Totals[0] + Totals[1])'),
        ),
    },
    4: {
        "both halves": limit("    Limit.LowPart = (ULONG)-30;\n    Limit.HighPart = -1;\n"),
        "by a routine": limit("    Limit = RtlConvertLongToLargeInteger(-30);\n"),
    },
    5: {
        "as a synchronization event": early(("NotificationEvent", "SynchronizationEvent")),
        "waits for the thread": early(
            ("    ZwClose(Thread);\n", f"{REFERENCE}    ZwClose(Thread);\n"),
            (WAITS, WAITS.replace("&Ready", "Object") + "    ObDereferenceObject(Object);\n"),
        ),
    },
}


# -- a whole driver in C in place of a start routine -------------------------------------------------------------------


def named(cell: str, name: str, *changes: tuple[str, str]) -> str:
    """A cell otherwise, with the name of a start routine."""
    first, rest = changed(cell, *changes).split("\n", 1)
    assert first.startswith("%%c ")
    return f"%%c {name}\n{rest}"


ONCE = changed(PER_FILE, BEFORE_THE_LOOP)
EAGER = changed(
    ONCE,
    (f"    {signal(ONE)}\n", ""),
    (LOOP + "        CreateOneFile", f"    {signal(ONE)}\n{LOOP}        CreateOneFile"),
)
MOVERS = ("FileMoveThread", "MoverOfTwo")
BOTH = ("    StartThread(MoverOfTwo);\n", "    StartThread(MoverOfTwo);\n    StartThread(MoverOfTwo);\n")
PASSES_ON = (wait(ONE), f"{wait(ONE)} {signal(ONE)}")

for every, in_place in (
    (
        WRONG,
        {
            "04": {
                2: ("in C, set too early", named(EAGER, "EagerCreationThread")),
                3: ("in C, one signal", named(ONCE, "MoverOfTwo", MOVERS, BOTH)),
            }
        },
    ),
    (
        RIGHT,
        {
            "04": {
                2: ("in C", named(ONCE, "EagerCreationThread")),
                3: ("in C", named(ONCE, "MoverOfTwo", MOVERS, BOTH, PASSES_ON)),
            },
            "05": {2: ("in C", named(SOLVED_TIDY, "MoverOfTwo", MOVERS, BOTH))},
        },
    ),
):
    for number, exercises in in_place.items():
        for exercise, (why, cell) in exercises.items():
            every[number].setdefault(exercise, {})[why] = cell
