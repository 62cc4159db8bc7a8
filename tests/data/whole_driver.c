// Names most of what drivers name, so that all of it can be read; it is not a driver that one would want.
#include <initguid.h>
#include <ntddk.h>
#include <wdmsec.h>
#include <ntstrsafe.h>
#include <stdarg.h>

#define POOL_TAG 'elbT'
#define DEVICE_NAME L"\\Device\\Table"
#define LINK_NAME L"\\DosDevices\\Table"
#define IOCTL_TABLE_ADD CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define TraceMessage(level, format, ...) DbgPrintEx(DPFLTR_IHVDRIVER_ID, level, "Table: " ## format, __VA_ARGS__)
#if DBG
#define Trace(args) do { DbgPrint("%s: ", __FUNCTION__); KdPrint(args); } while (0)
#else
#define Trace(args)
#endif

DEFINE_GUID(GUID_TABLE, 0x5665dec0, 0xa40a, 0x11d1, 0xb9, 0x84, 0x0, 0x20, 0xaf, 0xd7, 0x97, 0x78);

typedef enum _ENTRY_STATE { EntryFree = 1, EntryUsed, EntryBusy = EntryUsed << 2 } ENTRY_STATE;

typedef struct _TABLE_ENTRY {
    LIST_ENTRY Link;
    ENTRY_STATE State;
    union {
        LARGE_INTEGER Time;
        struct { ULONG Low : 12, High : 20; };
    } u;
    WCHAR Name[ANYSIZE_ARRAY];
} TABLE_ENTRY, *PTABLE_ENTRY;

typedef struct _DEVICE_EXTENSION {
    PDEVICE_OBJECT Self;
    LIST_ENTRY Entries;
    KSPIN_LOCK Lock;
    FAST_MUTEX Mutex;
    KEVENT Changed;
    KSEMAPHORE Queued;
    KTIMER Timer;
    KDPC Dpc;
    IO_REMOVE_LOCK RemoveLock;
    NPAGED_LOOKASIDE_LIST Lookaside;
    PKTHREAD Thread;
    volatile LONG Count;
    BOOLEAN Stopping;
    NTSTATUS (*Filter)(PTABLE_ENTRY Entry, PVOID Context);
} DEVICE_EXTENSION, *PDEVICE_EXTENSION;

C_ASSERT(FIELD_OFFSET(TABLE_ENTRY, Name) == 32);

DRIVER_INITIALIZE DriverEntry;
DRIVER_UNLOAD TableUnload;
_Dispatch_type_(IRP_MJ_CREATE) _Dispatch_type_(IRP_MJ_CLOSE) DRIVER_DISPATCH TableCreateClose;
_Dispatch_type_(IRP_MJ_DEVICE_CONTROL) DRIVER_DISPATCH TableControl;
KSTART_ROUTINE TableThread;
KDEFERRED_ROUTINE TableDpc;

#ifdef ALLOC_PRAGMA
#pragma alloc_text(INIT, DriverEntry)
#pragma alloc_text(PAGE, TableUnload)
#endif

static const UNICODE_STRING Names[] = { RTL_CONSTANT_STRING(L"first"), RTL_CONSTANT_STRING(L"second") };

_IRQL_requires_max_(DISPATCH_LEVEL)
static FORCEINLINE PTABLE_ENTRY
FindEntry(_In_ PDEVICE_EXTENSION Extension, _In_ PCWSTR Name, _Out_opt_ PULONG Position OPTIONAL)
{
    PLIST_ENTRY link;
    ULONG position = 0;

    for (link = Extension->Entries.Flink; link != &Extension->Entries; link = link->Flink, position++) {
        PTABLE_ENTRY entry = CONTAINING_RECORD(link, TABLE_ENTRY, Link);

        if (!wcscmp(entry->Name, Name)) {
            if (ARGUMENT_PRESENT(Position))
                *Position = position;
            return entry;
        }
    }
    return NULL;
}

_Use_decl_annotations_
VOID
TableDpc(PKDPC Dpc, PVOID DeferredContext, PVOID SystemArgument1, PVOID SystemArgument2)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeferredContext;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(SystemArgument1);
    UNREFERENCED_PARAMETER(SystemArgument2);
    InterlockedIncrement(&extension->Count);
    KeSetEvent(&extension->Changed, IO_NO_INCREMENT, FALSE);
}

_Use_decl_annotations_
VOID
TableThread(PVOID StartContext)
{
    PDEVICE_EXTENSION extension = StartContext;
    PVOID objects[] = { &extension->Changed, &extension->Queued };
    KWAIT_BLOCK blocks[RTL_NUMBER_OF(objects)];
    LARGE_INTEGER timeout = { .QuadPart = -10i64 * 1000 * 1000 };

    for (;;) {
        NTSTATUS status = KeWaitForMultipleObjects(ARRAYSIZE(objects), objects, WaitAny, Executive, KernelMode, FALSE,
            &timeout, blocks);

        switch (status) {
        case STATUS_WAIT_0:
            KeClearEvent(&extension->Changed);
            /* fall through */
        case STATUS_WAIT_1:
            if (extension->Stopping)
                goto done;
            break;
        case STATUS_TIMEOUT:
            continue;
        default:
            NT_ASSERT(!"unexpected status");
        }
        Trace(("woken, %ld\n", extension->Count));
    }
done:
    PsTerminateSystemThread(STATUS_SUCCESS);
}

_Use_decl_annotations_
NTSTATUS
TableCreateClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PAGED_CODE();
    Irp->IoStatus.Status = STATUS_SUCCESS;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

_Use_decl_annotations_
NTSTATUS
TableControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG length = stack->Parameters.DeviceIoControl.InputBufferLength;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);
    PTABLE_ENTRY entry = NULL;
    KIRQL irql;

    if (!NT_SUCCESS(status))
        goto complete;
    __try {
        switch (stack->Parameters.DeviceIoControl.IoControlCode) {
        case IOCTL_TABLE_ADD:
            if (length < sizeof(WCHAR)) {
                status = STATUS_BUFFER_TOO_SMALL;
                __leave;
            }
            entry = (PTABLE_ENTRY)ExAllocatePoolWithTag(NonPagedPoolNx, FIELD_OFFSET(TABLE_ENTRY, Name) + length, POOL_TAG);
            if (entry == NULL)
                ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
            RtlCopyMemory(entry->Name, Irp->AssociatedIrp.SystemBuffer, length);
            entry->State = EntryUsed;
            entry->u.Low = length & 0xFFF;
            KeQuerySystemTime(&entry->u.Time);
            KeAcquireSpinLock(&extension->Lock, &irql);
            InsertTailList(&extension->Entries, &entry->Link);
            KeReleaseSpinLock(&extension->Lock, irql);
            status = extension->Filter ? extension->Filter(entry, extension) : STATUS_SUCCESS;
            break;
        default:
            status = STATUS_INVALID_DEVICE_REQUEST;
        }
    } __except (GetExceptionCode() == STATUS_ACCESS_VIOLATION ? EXCEPTION_CONTINUE_SEARCH : EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
complete:
    Irp->IoStatus.Status = status;
    IoCompleteRequest(Irp, NT_SUCCESS(status) ? IO_NO_INCREMENT : IO_DISK_INCREMENT);
    return status;
}

_Use_decl_annotations_
VOID
TableUnload(PDRIVER_OBJECT DriverObject)
{
    PDEVICE_OBJECT device = DriverObject->DeviceObject;
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)device->DeviceExtension;
    UNICODE_STRING link;

    PAGED_CODE();
    extension->Stopping = TRUE;
    KeSetEvent(&extension->Changed, 0, FALSE);
    KeWaitForSingleObject(extension->Thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(extension->Thread);
    while (!IsListEmpty(&extension->Entries)) {
        PTABLE_ENTRY entry = CONTAINING_RECORD(RemoveHeadList(&extension->Entries), TABLE_ENTRY, Link);

        ExFreePool(entry);
    }
    KeCancelTimer(&extension->Timer);
    ExDeleteNPagedLookasideList(&extension->Lookaside);
    RtlInitUnicodeString(&link, LINK_NAME);
    IoDeleteSymbolicLink(&link);
    IoDeleteDevice(device);
}

_Use_decl_annotations_
NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    DECLARE_CONST_UNICODE_STRING(name, DEVICE_NAME);
    UNICODE_STRING link = RTL_CONSTANT_STRING(LINK_NAME);
    PDEVICE_OBJECT device;
    PDEVICE_EXTENSION extension;
    HANDLE thread;
    LARGE_INTEGER due;
    ULONG i;
    NTSTATUS status;

    TraceMessage(DPFLTR_INFO_LEVEL, "loaded from %wZ, %Iu names\n", RegistryPath, ARRAYSIZE(Names));
    ExInitializeDriverRuntime(DrvRtPoolNxOptIn);
    status = IoCreateDeviceSecure(DriverObject, sizeof(*extension), (PUNICODE_STRING)&name, FILE_DEVICE_UNKNOWN,
        FILE_DEVICE_SECURE_OPEN, FALSE, &SDDL_DEVOBJ_SYS_ALL_ADM_ALL, (LPCGUID)&GUID_TABLE, &device);
    if (!NT_SUCCESS(status))
        return status;
    for (i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; ++i)
        DriverObject->MajorFunction[i] = TableCreateClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = TableControl;
    DriverObject->DriverUnload = TableUnload;
    extension = device->DeviceExtension;
    RtlZeroMemory(extension, sizeof *extension);
    extension->Self = device;
    InitializeListHead(&extension->Entries);
    KeInitializeSpinLock(&extension->Lock);
    ExInitializeFastMutex(&extension->Mutex);
    KeInitializeEvent(&extension->Changed, NotificationEvent, FALSE);
    KeInitializeSemaphore(&extension->Queued, 0, MAXLONG);
    KeInitializeTimerEx(&extension->Timer, SynchronizationTimer);
    KeInitializeDpc(&extension->Dpc, TableDpc, extension);
    IoInitializeRemoveLock(&extension->RemoveLock, POOL_TAG, 0, 0);
    ExInitializeNPagedLookasideList(&extension->Lookaside, NULL, NULL, 0, sizeof(TABLE_ENTRY), POOL_TAG, 0);
    due.QuadPart = Int32x32To64(-10000, 50);
    KeSetTimerEx(&extension->Timer, due, 50, &extension->Dpc);
    status = IoCreateSymbolicLink(&link, (PUNICODE_STRING)&name);
    status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, TableThread, extension);
    if (NT_SUCCESS(status)) {
        status = ObReferenceObjectByHandle(thread, SYNCHRONIZE, *PsThreadType, KernelMode, (PVOID *)&extension->Thread, NULL);
        ZwClose(thread);
    }
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    (void)FindEntry(extension, L"none", NULL);
    return min(status, STATUS_SUCCESS);
}
