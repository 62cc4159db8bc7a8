// uninitialised: none
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PULONG counts = ExAllocatePoolWithTag(NonPagedPoolNx, 4 * sizeof(ULONG), 'tnuC');

    if (counts == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    for (ULONG i = 0; i < 4; i++) {
        counts[i]++; // <- here
    }
    ExFreePoolWithTag(counts, 'tnuC');
    return STATUS_SUCCESS;
}
