// use after free: 0xD5
#include <ntddk.h>

typedef struct _CONTEXT_BLOCK {
    ULONG Count;
} CONTEXT_BLOCK, *PCONTEXT_BLOCK;

static KEVENT Freed;

static VOID Worker(PVOID Context)
{
    PCONTEXT_BLOCK block = Context;

    KeWaitForSingleObject(&Freed, Executive, KernelMode, FALSE, NULL);
    DbgPrint("%lu\n", block->Count); // <- here
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;
    NTSTATUS status;
    PCONTEXT_BLOCK block = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(CONTEXT_BLOCK), 'txtC');

    if (block == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    KeInitializeEvent(&Freed, NotificationEvent, FALSE);
    block->Count = 3;
    status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, block);
    if (NT_SUCCESS(status)) {
        ZwClose(thread);
    }
    ExFreePoolWithTag(block, 'txtC');
    KeSetEvent(&Freed, IO_NO_INCREMENT, FALSE);
    return status;
}
