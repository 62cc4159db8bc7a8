// bad free: 0xC2
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PCHAR text = ExAllocatePool2(POOL_FLAG_PAGED, 16, 'txeT');

    if (text == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlCopyMemory(text, "  two blanks", 13);
    while (*text == ' ') {
        text++;
    }
    DbgPrint("%s\n", text);
    ExFreePoolWithTag(text, 'txeT'); // <- here
    return STATUS_SUCCESS;
}
