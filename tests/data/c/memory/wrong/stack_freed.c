// bad free: 0xC2
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    CHAR small[16];
    PCHAR buffer = small;
    SIZE_T length = 12;

    if (length > sizeof(small)) {
        buffer = ExAllocatePool2(POOL_FLAG_PAGED, length, 'fuB ');
        if (buffer == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    RtlZeroMemory(buffer, length);
    ExFreePoolWithTag(buffer, 'fuB '); // <- here
    return STATUS_SUCCESS;
}
