// uninitialised: none
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    static const CHAR wanted[8] = "Windows";
    CHAR found[8];

    found[0] = 'W';
    if (RtlEqualMemory(found, wanted, sizeof(wanted))) { // <- here
        DbgPrint("found\n");
    }
    return STATUS_SUCCESS;
}
