#include <ntddk.h>

#define OBJECTS 4

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    KEVENT events[OBJECTS];
    PVOID objects[OBJECTS];
    PKWAIT_BLOCK blocks;
    LARGE_INTEGER soon;
    NTSTATUS status;

    blocks = ExAllocatePool2(POOL_FLAG_NON_PAGED, OBJECTS * sizeof(KWAIT_BLOCK), 'klBW');
    if (blocks == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    for (ULONG i = 0; i < OBJECTS; i++) {
        KeInitializeEvent(&events[i], SynchronizationEvent, FALSE);
        objects[i] = &events[i];
    }
    soon.QuadPart = -10000;
    status = KeWaitForMultipleObjects(OBJECTS, objects, WaitAll, Executive, KernelMode, FALSE, &soon, blocks);
    ExFreePoolWithTag(blocks, 'klBW');
    return status == STATUS_TIMEOUT ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
