"""A random driver twice: in C, and in Python as the samples are. The same kernel calls, in the same order.

`Twins` draws one statement after the other and writes it down in both languages. Each thread has the number `n` and
the status of its last call; the threads share an extension with an event of each kind (S, N), a semaphore (C), a mutex
(M), a fast mutex (F) and two numbers (x, y), which some guard and some do not; and a global, `Total`, which only the
Interlocked routines touch. What is not a step in Python is none in C: there is no pool.
"""

import random
import types

from c_twin_texts import C_CREATE, C_HEAD, C_RENAME, PY_CREATE, PY_HEAD, PY_RENAME, Both

OBJECTS = ("S", "N", "C", "M")
PATHS = ("C:\\Temp\\a", "C:\\Temp\\b")


class Twins:
    """The driver of one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        chance, choose = self.random.random, self.random.choice
        self.guarded = chance() < 0.5  # x and y only by who has the mutex
        self.named = PATHS[: choose((1, 1, 2))]
        self.files = chance() < 0.4
        self.handed = chance() < 0.2  # x is written before N is set, and read behind a wait for N
        self.racing = not self.guarded and chance() < 0.4
        self.late = chance() < 0.06  # an object is initialised when the threads run already
        self.forgets = chance() < 0.08  # a mutex is kept, or given back twice
        self.signaled = chance() < 0.5
        count = choose((2, 2, 3))
        self.end = choose(("", "", "wait", "unload", "answer")) if count == 2 else ""
        self.referred = self.end in ("wait", "unload")
        routines = [self.routine(f"Worker{number}", count) for number in range(count)]
        self.threads = [function for function, _, _ in routines]
        if count == 2 and chance() < 0.15:
            self.threads[1] = self.threads[0]
        entry, unload = self.entry(), self.unload() if self.end == "unload" else ("", "")
        self.c = C_HEAD + C_CREATE + C_RENAME + "".join(c for _, c, _ in routines) + unload[0] + entry[0]
        self.python = PY_HEAD + PY_CREATE + PY_RENAME + "".join(python for _, _, python in routines)
        self.python += unload[1] + entry[1]

    # -- functions -----------------------------------------------------------------------------------------------------

    def routine(self, name: str, threads: int) -> tuple[str, str, str]:
        """Its name, and its text in C and in Python."""
        f = Both()
        if self.handed and name != "Worker0":
            f.call("KeWaitForSingleObject(&e->N, Executive, KernelMode, FALSE, NULL)", to="status")
            f.line("n = e->x;", "n = e.x", "n")
        if self.racing:
            self.access(f)
        for _ in range(self.random.choice((1, 2, 2, 3) if self.end in ("", "wait") and threads == 2 else (1, 1, 2))):
            self.statement(f, nested=0)
        if self.handed and name == "Worker0":
            f.line("e->x = 7;", "e.x = 7")
            f.call("KeSetEvent(&e->N, 0, FALSE)")
        if self.end == "answer" and name == "Worker0":
            f.call("KeSetEvent(e->Done, 0, FALSE)")
        if self.random.random() < 0.3:
            f.call("PsTerminateSystemThread(n)", "n")
        e = "    PEXTENSION e = Context;"
        return name, *f.function(f"static VOID {name}(PVOID Context)", [e], f"async def {name}(e)", [])

    def entry(self) -> tuple[str, str]:
        f = Both()
        if self.end == "unload":
            f.line("DriverObject->DriverUnload = DriverUnload;", "DriverObject.DriverUnload = DriverUnload")
        f.call("IoCreateDevice(DriverObject, sizeof(EXTENSION), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device)")
        f.line("e = device->DeviceExtension;", "e = device.DeviceExtension")
        begin = [
            f"KeInitializeEvent(&e->S, SynchronizationEvent, {('FALSE', 'TRUE')[self.signaled]})",
            "KeInitializeEvent(&e->N, NotificationEvent, FALSE)",
            f"KeInitializeSemaphore(&e->C, {self.number(0, 2)}, 2)",
            "KeInitializeMutex(&e->M, 0)",
            "ExInitializeFastMutex(&e->F)",
        ]
        if self.end == "answer":
            begin.append("KeInitializeEvent(&done, NotificationEvent, FALSE)")
        last = begin.pop(self.number(0, 2)) if self.late else None
        for text in begin:
            f.call(text)
        if self.end == "answer":
            f.line("e->Done = &done;", "e.Done = done", "done")
        for number, name in enumerate(self.threads):
            f.call(f"PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, {name}, e)")
            if self.referred:
                where = f"&e->Threads[{number}]"
                f.call(f"ObReferenceObjectByHandle(handle, SYNCHRONIZE, *PsThreadType, KernelMode, {where}, NULL)")
            f.call("ZwClose(handle)")
        if last:
            f.call(last)
        if self.end == "answer":
            self.wait_for_answer(f)
        if self.end == "wait":
            self.wait_for_threads(f)
            f.line('DbgPrint("%d %d\\n", e->x, e->y);', 'DbgPrint("%d %d\\n", e.x, e.y)')
        f.line("return STATUS_SUCCESS;", "return STATUS_SUCCESS")
        return f.function(
            "NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)",
            ["    PDEVICE_OBJECT device;", "    PEXTENSION e;", "    HANDLE handle;"],
            "async def DriverEntry(DriverObject, RegistryPath)",
            ["    device, handle = DEVICE_OBJECT(), HANDLE()"],
        )

    def wait_for_answer(self, f: Both) -> None:
        """The event lies on this stack: who waits no longer than that may have left when it is set."""
        due = self.due(f)
        f.call(f"KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, {due})")

    def wait_for_threads(self, f: Both) -> None:
        for number in range(len(self.threads)):
            f.call(f"KeWaitForSingleObject(e->Threads[{number}], Executive, KernelMode, FALSE, NULL)")
            f.call(f"ObDereferenceObject(e->Threads[{number}])")

    def unload(self) -> tuple[str, str]:
        f = Both()
        f.call("KeSetEvent(&e->N, 0, FALSE)")
        self.wait_for_threads(f)
        f.call("IoDeleteDevice(DriverObject->DeviceObject)")
        return f.function(
            "static VOID DriverUnload(PDRIVER_OBJECT DriverObject)",
            ["    PEXTENSION e = DriverObject->DeviceObject->DeviceExtension;"],
            "async def DriverUnload(DriverObject)",
            ["    e = DriverObject.DeviceObject.DeviceExtension"],
        )

    # -- statements ----------------------------------------------------------------------------------------------------

    def number(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def statement(self, f: Both, nested: int) -> None:
        kinds = [self.event, self.event, self.wait, self.wait, self.interlocked, self.semaphore, self.say, self.stack]
        kinds += [self.field] * (1 if self.guarded else 4)
        if nested == 0:
            kinds += [self.wait_for_several, self.mutex, self.fast_mutex, self.loop, self.condition, self.own_event]
            kinds += [self.delay] + [self.file] * (4 if self.files else 0)
        self.random.choice(kinds)(f, nested)

    def event(self, f: Both, nested: int) -> None:
        others = ["KePulseEvent", "KeResetEvent", "KeReadStateEvent", "KeClearEvent"]
        routine = self.random.choice(["KeSetEvent"] * 3 + others)
        more = ", 0, FALSE" if routine in ("KeSetEvent", "KePulseEvent") else ""
        f.call(f"{routine}(&e->{self.random.choice('SN')}{more})", to="" if routine == "KeClearEvent" else "n")

    def due(self, f: Both) -> str:
        """The time-out of a wait."""
        time = self.random.choice((None, None, None, -50, 0))
        if time is None:
            return "NULL"
        f.line(f"due.QuadPart = {time};", f"due.QuadPart = {time}", "due")
        return "&due"

    def wait(self, f: Both, nested: int) -> None:
        name, due = self.random.choice("SSNC"), self.due(f)
        f.call(f"KeWaitForSingleObject(&e->{name}, Executive, KernelMode, FALSE, {due})", to="status")
        if due != "NULL" and nested == 0 and self.random.random() < 0.5:
            with f.block("if (status == STATUS_TIMEOUT)", "if status == STATUS_TIMEOUT", "status"):
                self.statement(f, nested + 1)

    def wait_for_several(self, f: Both, nested: int) -> None:
        names = self.random.sample(OBJECTS[:3], self.random.choice((2, 2, 3)))
        if self.random.random() < 0.15:
            names = self.random.sample(OBJECTS, self.random.choice((2, 4)))
        for at, name in enumerate(names):
            f.line(f"objects[{at}] = &e->{name};", f"objects[{at}] = e.{name}", "objects")
        due, how = self.due(f), self.random.choice(("WaitAny", "WaitAny", "WaitAll"))
        blocks = "blocks" if len(names) > 3 else "NULL"
        f.call(f"KeWaitForMultipleObjects({len(names)}, objects, {how}, Executive, KernelMode, FALSE, {due}, {blocks})",
               *(["blocks"] if len(names) > 3 else []), to="status")  # fmt: skip
        if "M" in names:  # where it is the one that was taken
            taken = f"status == {0 if how == 'WaitAll' else names.index('M')}"
            with f.block(f"if ({taken})", f"if {taken}"):
                f.call("KeReleaseMutex(&e->M, FALSE)")

    def semaphore(self, f: Both, nested: int) -> None:
        text, by = "KeReleaseSemaphore(&e->C, 0, {}, FALSE)", self.random.choice((1, 1, 2))
        if self.random.random() < 0.15:
            f.call(text.format(by), to="n")
            return
        with f.block("__try", "try"):
            f.call(text.format(by), to="n")
        with f.block("__except (EXCEPTION_EXECUTE_HANDLER)", "except EXCEPTION_RECORD"):
            f.line("n = -1;", "n = -1", "n")

    def interlocked(self, f: Both, nested: int) -> None:
        routine, more = self.random.choice(
            (("InterlockedIncrement", ""), ("InterlockedDecrement", ""), ("InterlockedExchange", ", n"),
             ("InterlockedExchangeAdd", ", 2"), ("InterlockedCompareExchange", ", 3, 0"))
        )  # fmt: skip
        f.call(f"{routine}(&Total{more})", to="n")
        if nested == 0 and self.random.random() < 0.4:
            with f.block("if (n == 1)", "if n == 1"):
                self.statement(f, nested + 1)

    def access(self, f: Both) -> None:
        field = self.random.choice("xxy")
        c, python = self.random.choice(
            (("e->? = n + 1;", "e.? = n + 1"), ("e->?++;", "e.? += 1"), ("n = e->?;", "n = e.?"))
        )  # fmt: skip
        f.line(c.replace("?", field), python.replace("?", field), "n")

    def field(self, f: Both, nested: int) -> None:
        if self.guarded and nested == 0:
            self.mutex(f, nested)
        elif self.guarded:
            self.say(f, nested)
        else:
            self.access(f)

    def mutex(self, f: Both, nested: int) -> None:
        f.call("KeWaitForSingleObject(&e->M, Executive, KernelMode, FALSE, NULL)", to="status")
        self.access(f)
        if self.random.random() < 0.3:
            self.statement(f, 1)
        for _ in range(self.random.choice((0, 2)) if self.forgets else 1):
            f.call("KeReleaseMutex(&e->M, FALSE)")

    def fast_mutex(self, f: Both, nested: int) -> None:
        f.call("ExAcquireFastMutex(&e->F)")
        self.random.choice((self.event, self.event, self.interlocked, self.wait))(f, 1)
        f.call("ExReleaseFastMutex(&e->F)")

    def loop(self, f: Both, nested: int) -> None:
        with f.block("for (ULONG i = 0; i < 2; i++)", "for i in range(2)"):
            self.statement(f, nested + 1)

    def condition(self, f: Both, nested: int) -> None:
        name = self.random.choice("SN")
        with f.block(f"if (KeReadStateEvent(&e->{name}))", f"if ~KeReadStateEvent(e.{name})"):
            self.statement(f, nested + 1)
        if self.random.random() < 0.5:
            with f.block("else", "else"):
                self.statement(f, nested + 1)

    def own_event(self, f: Both, nested: int) -> None:
        f.call(f"KeInitializeEvent(&own, {self.random.choice(('Notification', 'Synchronization'))}Event, FALSE)", "own")
        f.call("KeSetEvent(&own, 0, FALSE)", to="n")
        f.line("due.QuadPart = 0;", "due.QuadPart = 0", "due")
        f.call("KeWaitForSingleObject(&own, Executive, KernelMode, FALSE, &due)", to="status")

    def delay(self, f: Both, nested: int) -> None:
        f.line("due.QuadPart = -20;", "due.QuadPart = -20", "due")
        f.call("KeDelayExecutionThread(KernelMode, FALSE, &due)", to="status")

    def say(self, f: Both, nested: int) -> None:
        said = f'DbgPrint("{self.number(0, 9)} %d\\n", n)'
        f.line(f"{said};", said, "n")

    def stack(self, f: Both, nested: int) -> None:
        if self.random.random() < 0.5:
            f.line("Add(&n, 3);", "n = Add(n, 3)", "n")
        else:
            f.line("counts[n & 1] += 2;", "counts[n & 1] += 2", "n", "counts")
            f.line("n = counts[0];", "n = counts[0]")

    def file(self, f: Both, nested: int) -> None:
        path = self.random.choice(self.named).replace("\\", "\\\\")
        share = self.random.choice(("0", "FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE"))
        f.call(f'Create(L"\\\\??\\\\{path}", {share}, &file)', "file", to="status")
        with f.block("if (NT_SUCCESS(status))", "if NT_SUCCESS(status)"):
            for use in self.random.sample((self.write, self.read, self.rename), self.number(1, 2)):
                use(f)
            f.call("ZwClose(file)")

    def write(self, f: Both) -> None:
        text = self.random.choice(("a", "bc"))
        f.line(
            f'status = ZwWriteFile(file, NULL, NULL, NULL, &io, "{text}", {len(text)}, NULL, NULL);',
            f'status = ~ZwWriteFile(file, None, None, None, io, b"{text}", {len(text)}, None, None)',
            "status", "io",
        )  # fmt: skip

    def read(self, f: Both) -> None:
        f.call("ZwReadFile(file, NULL, NULL, NULL, &io, buffer, 4, &start, NULL)", "io", "buffer", "start", to="status")
        f.line("n = buffer[0];", "n = buffer[0]", "n")

    def rename(self, f: Both) -> None:
        path = self.random.choice(("C:\\\\Temp2\\\\c", "C:\\\\Temp\\\\b"))
        f.call(f'Rename(file, L"\\\\??\\\\{path}")', to="status")


def pair(seed: int) -> tuple[str, str]:
    """The same driver in C and in Python; always the same for a seed."""
    twins = Twins(seed)
    return twins.c, twins.python


def stopped(c: str) -> bool:
    """Has the driver an unload? Then it is to be run and explored with `stop=True`."""
    return "->DriverUnload = " in c


def module(python: str, name: str) -> types.ModuleType:
    """The Python half, as a module to be run."""
    made = types.ModuleType(name)
    exec(compile(python, f"{name}.py", "exec"), made.__dict__)
    return made
