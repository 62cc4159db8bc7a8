// out of bounds: 0xF7
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG squares[8];

    for (ULONG i = 0; i <= 8; i++) {
        squares[i] = i * i; // <- here
    }
    DbgPrint("%lu\n", squares[7]);
    return STATUS_SUCCESS;
}
