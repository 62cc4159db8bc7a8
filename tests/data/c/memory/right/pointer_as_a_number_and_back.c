#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG values[2] = { 5, 6 };
    ULONG_PTR address = (ULONG_PTR)values;
    PVOID opaque;

    address += sizeof(ULONG);
    opaque = (PVOID)address;
    if (*(PULONG)opaque != 6 || address % sizeof(ULONG) != 0) {
        return STATUS_UNSUCCESSFUL;
    }
    return (PUCHAR)opaque - (PUCHAR)values == 4 && opaque > (PVOID)values ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
