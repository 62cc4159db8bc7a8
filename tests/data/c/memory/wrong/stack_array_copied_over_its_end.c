// out of bounds: 0xF7
#include <ntddk.h>

static const CHAR Greeting[] = "Hello, World!\r\n";

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    CHAR line[8];

    RtlCopyMemory(line, Greeting, sizeof(Greeting)); // <- here
    DbgPrint("%c\n", line[0]);
    return STATUS_SUCCESS;
}
