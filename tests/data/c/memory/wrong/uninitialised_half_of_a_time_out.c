// uninitialised: none
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LARGE_INTEGER interval;

    interval.LowPart = (ULONG)-10000; // HighPart is left as it is
    KeDelayExecutionThread(KernelMode, FALSE, &interval); // <- here
    return STATUS_SUCCESS;
}
