#include <ntddk.h>

typedef struct _ITEM {
    LIST_ENTRY Link;
    ULONG Value;
} ITEM, *PITEM;

static FAST_MUTEX Lock;
static LIST_ENTRY Items;

static VOID Worker(PVOID Context)
{
    PITEM item = Context;

    ExAcquireFastMutex(&Lock);
    InsertTailList(&Items, &item->Link);
    ExReleaseFastMutex(&Lock);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE handle;
    PVOID threads[2];
    ULONG sum = 0;

    ExInitializeFastMutex(&Lock);
    InitializeListHead(&Items);
    for (ULONG i = 0; i < 2; i++) {
        PITEM item = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(ITEM), 'metI');
        if (item == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        item->Value = i + 1;
        PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, item);
        ObReferenceObjectByHandle(handle, SYNCHRONIZE, *PsThreadType, KernelMode, &threads[i], NULL);
        ZwClose(handle);
    }
    KeWaitForMultipleObjects(2, threads, WaitAll, Executive, KernelMode, FALSE, NULL, NULL);
    ObDereferenceObject(threads[0]);
    ObDereferenceObject(threads[1]);
    while (!IsListEmpty(&Items)) {
        PITEM item = CONTAINING_RECORD(RemoveTailList(&Items), ITEM, Link);
        sum += item->Value;
        ExFreePoolWithTag(item, 'metI');
    }
    return sum == 3 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
