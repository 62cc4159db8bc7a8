// uninitialised: none
#include <ntddk.h>

static VOID Add(PULONG Sum, ULONG Value)
{
    *Sum += Value; // <- here
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    for (ULONG i = 0; i < 2; i++) {
        ULONG sum; // another one in each round

        if (i == 0) {
            sum = 10;
        }
        Add(&sum, i);
    }
    return STATUS_SUCCESS;
}
