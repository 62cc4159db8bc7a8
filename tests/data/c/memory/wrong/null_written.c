// null: 0x7E
#include <ntddk.h>

static PULONG Find(ULONG Key)
{
    return Key < 3 ? NULL : (PULONG)NULL;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    *Find(3) = 1; // <- here
    return STATUS_SUCCESS;
}
