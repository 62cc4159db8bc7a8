// null: 0x7E
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG_PTR address = 0x10;
    PULONG register0 = (PULONG)address;

    DbgPrint("%lu\n", *register0); // <- here
    return STATUS_SUCCESS;
}
