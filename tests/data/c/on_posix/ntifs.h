/* What the cases need of the WDK, over POSIX threads: so gcc's sanitizers say what is wrong with them, and what not.
   The lock of this file is not seen by ThreadSanitizer: only what a kernel object orders is ordered (RELEASE, ACQUIRE).
   Compile with -fms-extensions -fshort-wchar. There is one file, no IRQL, and no bug check. */
#pragma once
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define VOID void
#define TRUE 1
#define FALSE 0
#define FORCEINLINE static inline
typedef char CHAR, *PCHAR;
typedef const char *PCSTR;
typedef unsigned char UCHAR, *PUCHAR, BOOLEAN;
typedef unsigned short USHORT, *PUSHORT;
typedef int LONG, *PLONG, NTSTATUS, *PNTSTATUS;
typedef unsigned int ULONG, *PULONG;
typedef long long LONGLONG;
typedef unsigned long long ULONGLONG, ULONG_PTR;
typedef size_t SIZE_T;
typedef void *PVOID, *HANDLE, **PHANDLE;
typedef wchar_t WCHAR, *PWSTR;
typedef const wchar_t *PCWSTR;
typedef union {
    struct { ULONG LowPart; LONG HighPart; };
    struct { ULONG LowPart; LONG HighPart; } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;
typedef struct _LIST_ENTRY { struct _LIST_ENTRY *Flink, *Blink; } LIST_ENTRY, *PLIST_ENTRY;
typedef struct { USHORT Length, MaximumLength; PWSTR Buffer; } UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;
typedef struct { PUNICODE_STRING ObjectName; } OBJECT_ATTRIBUTES, *POBJECT_ATTRIBUTES;
typedef struct { NTSTATUS Status; ULONG_PTR Information; } IO_STATUS_BLOCK, *PIO_STATUS_BLOCK;
typedef struct { LONG Type, State; } OBJECT, *POBJECT, KEVENT, *PKEVENT, KSEMAPHORE, KMUTEX, *PKMUTEX, FAST_MUTEX;
typedef struct { CHAR Room[48]; } KWAIT_BLOCK, *PKWAIT_BLOCK;
typedef struct { PVOID DeviceExtension; } DEVICE_OBJECT, *PDEVICE_OBJECT;
typedef struct _DRIVER_OBJECT {
    PDEVICE_OBJECT DeviceObject;
    void (*DriverUnload)(struct _DRIVER_OBJECT *);
} DRIVER_OBJECT, *PDRIVER_OBJECT;
typedef void (*PKSTART_ROUTINE)(PVOID);
typedef struct {
    BOOLEAN ReplaceIfExists;
    HANDLE RootDirectory;
    ULONG FileNameLength;
    WCHAR FileName[1];
} FILE_RENAME_INFORMATION, *PFILE_RENAME_INFORMATION;

enum { NotificationEvent, SynchronizationEvent, SEMAPHORE, MUTEX, THREAD_OBJECT };
enum { WaitAll, WaitAny };
enum { Executive, KernelMode };
enum { NonPagedPool, NonPagedPoolNx, PagedPool, POOL_FLAG_NON_PAGED, POOL_FLAG_PAGED, FileRenameInformation };
enum {
    GENERIC_READ, GENERIC_WRITE, DELETE, FILE_ATTRIBUTE_NORMAL, FILE_OVERWRITE_IF, FILE_SYNCHRONOUS_IO_NONALERT,
    OBJ_CASE_INSENSITIVE, OBJ_KERNEL_HANDLE, THREAD_ALL_ACCESS, SYNCHRONIZE, FILE_DEVICE_UNKNOWN, FILE_SHARE_READ
};
#define ANYSIZE_ARRAY 1
#define IO_NO_INCREMENT 0
#define NT_SUCCESS(s) ((NTSTATUS)(s) >= 0)
#define STATUS_SUCCESS 0
#define STATUS_WAIT_1 1
#define STATUS_TIMEOUT 0x102
#define STATUS_PENDING 0x103
#define STATUS_BUFFER_OVERFLOW ((NTSTATUS)0x80000005)
#define STATUS_UNSUCCESSFUL ((NTSTATUS)0xC0000001)
#define STATUS_INVALID_PARAMETER ((NTSTATUS)0xC000000D)
#define STATUS_BUFFER_TOO_SMALL ((NTSTATUS)0xC0000023)
#define STATUS_INSUFFICIENT_RESOURCES ((NTSTATUS)0xC000009A)
#define STATUS_CANCELLED ((NTSTATUS)0xC0000120)
#define STATUS_NOT_FOUND ((NTSTATUS)0xC0000225)
#define UNREFERENCED_PARAMETER(x) ((void)(x))
#define FIELD_OFFSET(t, f) ((LONG)offsetof(t, f))
#define CONTAINING_RECORD(a, t, f) ((t *)((char *)(a) - offsetof(t, f)))
#define ARRAYSIZE(a) (sizeof(a) / sizeof((a)[0]))

/* -- memory and strings -- */

#define RtlCopyMemory memcpy
#define RtlMoveMemory memmove
#define RtlZeroMemory(d, n) memset(d, 0, n)
#define RtlFillMemory(d, n, v) memset(d, v, n)
#define RtlEqualMemory(a, b, n) (!memcmp(a, b, n))
#define ExAllocatePool2(f, n, t) calloc(1, n)
#define ExAllocatePoolWithTag(f, n, t) malloc(n)
#define ExFreePoolWithTag(p, t) free(p)
#define ExFreePool(p) free(p)
#define RTL_CONSTANT_STRING(s) { sizeof(s) - sizeof((s)[0]), sizeof(s), s }
#define DECLARE_UNICODE_STRING_SIZE(v, n) WCHAR v##_buffer[n]; UNICODE_STRING v = { 0, 2 * (n), v##_buffer }
#define RtlInitEmptyUnicodeString(s, b, n) ((s)->Buffer = (b), (s)->Length = 0, (s)->MaximumLength = (USHORT)(n))
#define InitializeObjectAttributes(a, n, f, r, s) ((a)->ObjectName = (n))
#define wcslen length_of

static SIZE_T length_of(PCWSTR s)
{
    SIZE_T n = 0;

    while (s[n]) {
        n++;
    }
    return n;
}

static ULONG sum_of(PCUNICODE_STRING s) /* reads all of it */
{
    ULONG sum = 0;

    for (ULONG i = 0; i < s->Length / 2; i++) {
        sum += s->Buffer[i];
    }
    return sum;
}

static void RtlInitUnicodeString(PUNICODE_STRING s, PCWSTR text)
{
    s->Buffer = (PWSTR)text;
    s->Length = (USHORT)(2 * length_of(text));
    s->MaximumLength = s->Length + 2;
}

static NTSTATUS RtlAppendUnicodeStringToString(PUNICODE_STRING d, PCUNICODE_STRING s)
{
    if (d->Length + s->Length > d->MaximumLength) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    memmove((char *)d->Buffer + d->Length, s->Buffer, s->Length);
    d->Length += s->Length;
    if (d->Length + 2 <= d->MaximumLength) {
        d->Buffer[d->Length / 2] = 0;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS RtlAppendUnicodeToString(PUNICODE_STRING d, PCWSTR text)
{
    UNICODE_STRING s;

    RtlInitUnicodeString(&s, text);
    return RtlAppendUnicodeStringToString(d, &s);
}

/* The only format is %lu. At most `room` characters are written; `zero`: a 0 behind them is one of these. */
static NTSTATUS printed(PWSTR d, SIZE_T room, SIZE_T *length, BOOLEAN zero, PCWSTR format, va_list rest)
{
    WCHAR all[256];
    SIZE_T count = 0, most = room - (zero ? 1 : 0);

    for (; *format; format++) {
        if (*format == '%') {
            char digits[16];
            format += 2;
            snprintf(digits, sizeof(digits), "%u", va_arg(rest, unsigned));
            for (char *digit = digits; *digit; digit++) {
                all[count++] = *digit;
            }
        } else {
            all[count++] = *format;
        }
    }
    *length = count > most ? most : count;
    memcpy(d, all, 2 * *length);
    if (zero) {
        d[*length] = 0;
    }
    return count > most ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

static NTSTATUS RtlStringCchPrintfW(PWSTR d, SIZE_T room, PCWSTR format, ...)
{
    SIZE_T length;
    va_list rest;

    va_start(rest, format);
    return printed(d, room, &length, TRUE, format, rest);
}

static NTSTATUS RtlUnicodeStringPrintf(PUNICODE_STRING d, PCWSTR format, ...)
{
    SIZE_T length;
    NTSTATUS status;
    va_list rest;

    va_start(rest, format);
    status = printed(d->Buffer, d->MaximumLength / 2, &length, FALSE, format, rest);
    d->Length = (USHORT)(2 * length);
    return status;
}

static void DbgPrint(PCSTR format, ...) /* reads what it is given */
{
    volatile SIZE_T seen = 0;
    va_list rest;

    va_start(rest, format);
    for (; *format; format++) {
        if (*format == '%') {
            format++;
            if (*format == 's') {
                seen += strlen(va_arg(rest, char *));
            } else if (*format == 'w') {
                seen += *++format == 's' ? length_of(va_arg(rest, PWSTR)) : sum_of(va_arg(rest, PUNICODE_STRING));
            } else {
                seen += va_arg(rest, unsigned);
            }
        }
    }
}

FORCEINLINE void InitializeListHead(PLIST_ENTRY h) { h->Flink = h->Blink = h; }
FORCEINLINE BOOLEAN IsListEmpty(const LIST_ENTRY *h) { return h->Flink == h; }
FORCEINLINE void RemoveEntryList(PLIST_ENTRY e) { e->Blink->Flink = e->Flink; e->Flink->Blink = e->Blink; }
FORCEINLINE PLIST_ENTRY RemoveHeadList(PLIST_ENTRY h) { PLIST_ENTRY e = h->Flink; RemoveEntryList(e); return e; }
FORCEINLINE PLIST_ENTRY RemoveTailList(PLIST_ENTRY h) { PLIST_ENTRY e = h->Blink; RemoveEntryList(e); return e; }

FORCEINLINE void InsertHeadList(PLIST_ENTRY h, PLIST_ENTRY e)
{
    e->Blink = h;
    e->Flink = h->Flink;
    h->Flink->Blink = e;
    h->Flink = e;
}

FORCEINLINE void InsertTailList(PLIST_ENTRY h, PLIST_ENTRY e) { InsertHeadList(h->Blink, e); }

/* -- objects and threads -- */

#ifdef __SANITIZE_THREAD__
void __tsan_acquire(void *);
void __tsan_release(void *);
#define ACQUIRE(o) __tsan_acquire(o)
#define RELEASE(o) __tsan_release(o)
#else
#define ACQUIRE(o)
#define RELEASE(o)
#endif
#define UNSEEN __attribute__((no_sanitize_thread, noinline))

typedef struct { OBJECT Object; pthread_t Id; PKSTART_ROUTINE Routine; PVOID Context; } THREAD;
static THREAD *AllThreads[16];
static int AllThreadsCount, TheLock;
static _Thread_local THREAD *Self;
static int ThreadType;
static void *PsThreadTypeObject = &ThreadType, **PsThreadType = &PsThreadTypeObject;

UNSEEN static void lock(void)
{
    while (__atomic_exchange_n(&TheLock, 1, __ATOMIC_SEQ_CST)) {
        sched_yield();
    }
}

UNSEEN static void unlock(void) { __atomic_store_n(&TheLock, 0, __ATOMIC_SEQ_CST); }

UNSEEN static void initialise(POBJECT o, LONG type, LONG state)
{
    lock();
    o->Type = type;
    o->State = state;
    unlock();
}

UNSEEN static LONG signal_by(POBJECT o, LONG count)
{
    LONG was;

    lock();
    RELEASE(o);
    was = o->State;
    o->State = o->Type == SEMAPHORE ? was + count : 1;
    unlock();
    return was;
}

UNSEEN static BOOLEAN satisfied(ULONG count, PVOID objects[], int how, NTSTATUS *status)
{
    ULONG ready = 0, first = 0;

    for (ULONG i = count; i-- > 0;) {
        if (((POBJECT)objects[i])->State) {
            ready++;
            first = i;
        }
    }
    if (how == WaitAll ? ready < count : !ready) {
        return FALSE;
    }
    for (ULONG i = 0; i < count; i++) {
        if (how == WaitAll || i == first) {
            POBJECT o = objects[i];
            ACQUIRE(o);
            o->State -= o->Type == SynchronizationEvent || o->Type == SEMAPHORE || o->Type == MUTEX;
        }
    }
    *status = how == WaitAll ? STATUS_SUCCESS : (NTSTATUS)first;
    return TRUE;
}

static LONGLONG ticks(void) /* of 100 ns */
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 10000000LL + now.tv_nsec / 100;
}

static NTSTATUS KeWaitForMultipleObjects(ULONG count, PVOID objects[], int how, int reason, int mode, BOOLEAN alertable,
    PLARGE_INTEGER timeout, PKWAIT_BLOCK blocks)
{
    LONGLONG end = timeout && timeout->QuadPart < 0 ? ticks() - timeout->QuadPart : 0;
    NTSTATUS status;

    if (blocks) {
        memset(blocks, 1, count * sizeof(*blocks));
    }
    for (;;) {
        BOOLEAN done;
        lock();
        done = satisfied(count, objects, how, &status);
        unlock();
        if (done) {
            return status;
        }
        if (timeout && ticks() >= end) {
            return STATUS_TIMEOUT;
        }
        sched_yield();
    }
}

static NTSTATUS KeWaitForSingleObject(PVOID o, int reason, int mode, BOOLEAN alertable, PLARGE_INTEGER timeout)
{
    return KeWaitForMultipleObjects(1, &o, WaitAny, reason, mode, alertable, timeout, NULL);
}

static NTSTATUS KeDelayExecutionThread(int mode, BOOLEAN alertable, PLARGE_INTEGER interval)
{
    struct timespec time = { 0, interval->QuadPart < -1000000 ? 200000000 : 1000000 };

    nanosleep(&time, NULL);
    return STATUS_SUCCESS;
}

#define KeInitializeEvent(e, type, state) initialise(e, type, state)
#define KeInitializeSemaphore(s, count, limit) initialise(s, SEMAPHORE, count)
#define KeInitializeMutex(m, level) initialise(m, MUTEX, 1)
#define ExInitializeFastMutex(m) initialise(m, MUTEX, 1)
#define KeSetEvent(e, increment, wait) signal_by(e, 1)
#define KeReleaseSemaphore(s, increment, count, wait) signal_by(s, count)
#define KeReleaseMutex(m, wait) signal_by(m, 1)
#define ExReleaseFastMutex(m) signal_by(m, 1)
#define ExAcquireFastMutex(m) KeWaitForSingleObject(m, Executive, KernelMode, FALSE, NULL)
#define ObReferenceObjectByHandle(handle, access, type, mode, object, information) (*(object) = (handle))
#define ObDereferenceObject(o) ((void)(o))
#define PsTerminateSystemThread(status) (signal_by(&Self->Object, 1), pthread_exit(NULL))
#define InterlockedIncrement(p) __atomic_add_fetch(p, 1, __ATOMIC_SEQ_CST)
#define InterlockedDecrement(p) __atomic_sub_fetch(p, 1, __ATOMIC_SEQ_CST)
#define InterlockedExchange(p, v) __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define InterlockedExchangeAdd(p, v) __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST)
#define InterlockedCompareExchange(p, v, c) __sync_val_compare_and_swap(p, c, v)

static void *begin(void *thread)
{
    Self = thread;
    Self->Routine(Self->Context);
    PsTerminateSystemThread(STATUS_SUCCESS);
    return NULL;
}

static NTSTATUS PsCreateSystemThread(PHANDLE handle, ULONG access, PVOID attributes, HANDLE process, PVOID client,
    PKSTART_ROUTINE routine, PVOID context)
{
    THREAD *thread = AllThreads[AllThreadsCount++] = calloc(1, sizeof(*thread));

    initialise(&thread->Object, THREAD_OBJECT, 0);
    thread->Routine = routine;
    thread->Context = context;
    *handle = thread;
    pthread_create(&thread->Id, NULL, begin, thread);
    return STATUS_SUCCESS;
}

static LARGE_INTEGER RtlConvertLongToLargeInteger(LONG number)
{
    return (LARGE_INTEGER){ .QuadPart = number };
}

/* -- a device and a file -- */

static NTSTATUS IoCreateDevice(PDRIVER_OBJECT driver, ULONG size, PVOID name, ULONG type, ULONG characteristics,
    BOOLEAN exclusive, PDEVICE_OBJECT *device)
{
    *device = driver->DeviceObject = calloc(1, sizeof(DEVICE_OBJECT));
    (*device)->DeviceExtension = calloc(1, size);
    return STATUS_SUCCESS;
}

static void IoDeleteDevice(PDEVICE_OBJECT device)
{
    free(device->DeviceExtension);
    free(device);
}

static struct { SIZE_T Length; char Bytes[256]; } TheFile;

static NTSTATUS ZwCreateFile(PHANDLE handle, ULONG access, POBJECT_ATTRIBUTES attributes, PIO_STATUS_BLOCK io,
    PVOID size, ULONG flags, ULONG share, ULONG disposition, ULONG options, PVOID ea, ULONG length)
{
    *handle = sum_of(attributes->ObjectName) ? &TheFile : NULL;
    TheFile.Length = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS ZwOpenFile(PHANDLE handle, ULONG access, POBJECT_ATTRIBUTES attributes, PIO_STATUS_BLOCK io,
    ULONG share, ULONG options)
{
    return sum_of(attributes->ObjectName) ? STATUS_NOT_FOUND : STATUS_INVALID_PARAMETER;
}

static NTSTATUS ZwWriteFile(HANDLE handle, HANDLE event, PVOID apc, PVOID context, PIO_STATUS_BLOCK io, PVOID buffer,
    ULONG length, PLARGE_INTEGER offset, PVOID key)
{
    memcpy(TheFile.Bytes + TheFile.Length, buffer, length);
    TheFile.Length += length;
    io->Information = length;
    return STATUS_SUCCESS;
}

static NTSTATUS ZwReadFile(HANDLE handle, HANDLE event, PVOID apc, PVOID context, PIO_STATUS_BLOCK io, PVOID buffer,
    ULONG length, PLARGE_INTEGER offset, PVOID key)
{
    SIZE_T count = TheFile.Length - offset->QuadPart;

    io->Information = count > length ? length : count;
    memcpy(buffer, TheFile.Bytes + offset->QuadPart, io->Information);
    return STATUS_SUCCESS;
}

static NTSTATUS ZwSetInformationFile(HANDLE handle, PIO_STATUS_BLOCK io, PVOID information, ULONG length, int class)
{
    PFILE_RENAME_INFORMATION copy = malloc(length);
    UNICODE_STRING name;
    ULONG sum;

    memcpy(copy, information, length);
    name.Length = (USHORT)copy->FileNameLength;
    name.Buffer = copy->FileName;
    sum = sum_of(&name);
    free(copy);
    return sum ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

#define ZwClose(h) ((void)(h))

/* -- the driver's life -- */

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath);

int main(void)
{
    static DRIVER_OBJECT driver;
    static UNICODE_STRING path;
    NTSTATUS status = DriverEntry(&driver, &path);

    if (driver.DriverUnload) {
        driver.DriverUnload(&driver);
    }
    for (int i = 0; i < AllThreadsCount; i++) {
        pthread_join(AllThreads[i]->Id, NULL);
        free(AllThreads[i]);
    }
    if (!driver.DriverUnload && driver.DeviceObject) {
        IoDeleteDevice(driver.DeviceObject);
    }
    return status != STATUS_SUCCESS;
}
