// uninitialised: 0xA
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LARGE_INTEGER soon = { .QuadPart = -10000 };
    PKEVENT ready = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(KEVENT), 'tnvE');

    if (ready == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    KeWaitForSingleObject(ready, Executive, KernelMode, FALSE, &soon); // <- here
    ExFreePoolWithTag(ready, 'tnvE');
    return STATUS_SUCCESS;
}
