// out of bounds: 0x19
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PUSHORT stack = ExAllocatePool2(POOL_FLAG_NON_PAGED, 4 * sizeof(USHORT), 'katS');
    PUSHORT top;

    if (stack == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    top = stack + 4;
    for (USHORT i = 0; i < 5; i++) {
        *--top = i; // <- here
    }
    ExFreePoolWithTag(stack, 'katS');
    return STATUS_SUCCESS;
}
