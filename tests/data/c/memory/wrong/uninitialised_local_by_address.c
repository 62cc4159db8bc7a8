// uninitialised: none
#include <ntddk.h>

static VOID Print(PULONG Count)
{
    DbgPrint("%lu\n", *Count); // <- here
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG count;

    Print(&count);
    return STATUS_SUCCESS;
}
