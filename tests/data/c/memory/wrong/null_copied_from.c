// null: 0x7E
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING empty = { 0 };
    WCHAR copy[8];

    RtlCopyMemory(copy, empty.Buffer, 2 * sizeof(WCHAR)); // <- here
    DbgPrint("%d\n", copy[0]);
    return STATUS_SUCCESS;
}
