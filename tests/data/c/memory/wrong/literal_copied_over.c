// read-only: 0xBE
#include <ntddk.h>

static PCHAR Names[] = { "first", "other" };

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    RtlCopyMemory(Names[0], Names[1], 5); // <- here
    DbgPrint("%s\n", Names[0]);
    return STATUS_SUCCESS;
}
