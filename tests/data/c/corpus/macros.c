/*
 * macros.c - everything is a macro, as some people like it
 *
 * Outcome: two threads take tickets TICKETS times each from a counter that is a static local behind a lock; the
 * counter ends at 2 * TICKETS, no ticket is given twice (each sets its own bit of a map), and DriverEntry prints
 * "[macros] DriverEntry: tickets 6, map 3f". Then "[macros] DriverEntry: leaving with 00000000".
 */
#include <ntifs.h>

#define DRIVER_NAME         "macros"
#define TICKETS             3

#define STRINGIZE_(x)       #x
#define STRINGIZE(x)        STRINGIZE_(x)
#define CONCAT(a, b)        a##b

#if DBG || 1
#define LOG(fmt, ...)       DbgPrint("[" DRIVER_NAME "] " __FUNCTION__ ": " fmt "\n", ##__VA_ARGS__)
#else
#define LOG(fmt, ...)       ((void)0)
#endif

#define TRY_OR_GO(expr, label)                                              \
    do {                                                                    \
        status = (expr);                                                    \
        if (!NT_SUCCESS(status)) {                                          \
            LOG("%s failed: %08lx", #expr, status);                         \
            goto label;                                                     \
        }                                                                   \
    } while (0)

#define DECLARE_THREAD(name)                                                \
    static PVOID CONCAT(name, Object);                                      \
    static VOID CONCAT(name, Routine)(PVOID Context)

#define WAIT_FOREVER(object) \
    KeWaitForSingleObject((object), Executive, KernelMode, FALSE, NULL)

#define WITH_MUTEX(m)                                                       \
    for (int once_ = (ExAcquireFastMutex(m), 1); once_; once_ = (ExReleaseFastMutex(m), 0))

#define SAFE_DEREFERENCE(p)  if ((p) != NULL) { ObDereferenceObject(p); (p) = NULL; }

static FAST_MUTEX Mutex;
static ULONG Map;

static ULONG TakeTicket(BOOLEAN peek)
{
    static ULONG next;
    ULONG mine = 0;

    WITH_MUTEX(&Mutex) {
        mine = peek ? next : next++;
        if (!peek)
            Map |= 1u << mine;
    }
    return mine;
}

DECLARE_THREAD(Left);
DECLARE_THREAD(Right);

#define THREAD_BODY(name)                                                   \
    static VOID CONCAT(name, Routine)(PVOID Context)                        \
    {                                                                       \
        for (ULONG i = 0; i < PtrToUlong(Context); i++)                     \
            (void)TakeTicket(FALSE);                                        \
        PsTerminateSystemThread(STATUS_SUCCESS);                            \
    }

THREAD_BODY(Left)
THREAD_BODY(Right)

#define START(name)                                                                                             \
    TRY_OR_GO(PsCreateSystemThread(&h, GENERIC_ALL, NULL, NULL, NULL, name##Routine, UlongToPtr(TICKETS)), out); \
    TRY_OR_GO(ObReferenceObjectByHandle(h, 0, NULL, KernelMode, &name##Object, NULL), out);                      \
    TRY_OR_GO(ZwClose(h), out)

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NTSTATUS status;
    HANDLE h;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ExInitializeFastMutex(&Mutex);

    START(Left);
    START(Right);
    WAIT_FOREVER(LeftObject);
    WAIT_FOREVER(RightObject);
    LOG("tickets %lu, map %lx", TakeTicket(TRUE), Map);

out:
    SAFE_DEREFERENCE(LeftObject);
    SAFE_DEREFERENCE(RightObject);
    LOG("leaving with %08lx", status);
    return status;
}
