// uninitialised: none
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    for (ULONG i = 0; i < 2; i++) {
        LONG count;

        if (i == 0) {
            count = 0;
        }
        InterlockedIncrement(&count); // <- here
    }
    return STATUS_SUCCESS;
}
