#include <ntddk.h>

typedef struct _CONTEXT_BLOCK {
    ULONG Number;
    ULONG Count;
} CONTEXT_BLOCK, *PCONTEXT_BLOCK;

static VOID Worker(PVOID Context)
{
    PCONTEXT_BLOCK block = Context;
    ULONG number = block->Number;

    block->Count++;
    ExFreePoolWithTag(block, 'txtC');
    DbgPrint("thread %lu\n", number);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;

    for (ULONG i = 0; i < 2; i++) {
        PCONTEXT_BLOCK block = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(CONTEXT_BLOCK), 'txtC');
        if (block == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        block->Number = i;
        if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, block))) {
            ZwClose(thread);
        } else {
            ExFreePoolWithTag(block, 'txtC');
        }
    }
    return STATUS_SUCCESS;
}
