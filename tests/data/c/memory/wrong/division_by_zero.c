// division: 0x7E
#include <ntddk.h>

static ULONG Files, Moved = 10;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    DbgPrint("%lu percent\n", Moved * 100 / Files); // <- here
    return STATUS_SUCCESS;
}
