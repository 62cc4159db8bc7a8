// out of bounds: 0x50
#include <ntddk.h>

static UCHAR Table[16] = { 1, 2, 4, 8 };

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UCHAR copy[32];

    RtlCopyMemory(copy, Table, sizeof(copy)); // <- here
    DbgPrint("%d\n", copy[0]);
    return STATUS_SUCCESS;
}
