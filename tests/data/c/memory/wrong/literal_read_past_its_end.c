// out of bounds: 0x50
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    CHAR line[16];

    RtlCopyMemory(line, "Hello", sizeof(line)); // <- here
    DbgPrint("%s\n", line);
    return STATUS_SUCCESS;
}
