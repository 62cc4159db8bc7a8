#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    KEVENT never;
    LARGE_INTEGER now = { 0 }, soon = RtlConvertLongToLargeInteger(-10000), later;
    PLARGE_INTEGER timeouts[3] = { &now, &soon, &later };

    later.u.LowPart = 0xFFFFD8F0; // -10000
    later.u.HighPart = -1;
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    for (ULONG i = 0; i < 3; i++) {
        if (KeWaitForSingleObject(&never, Executive, KernelMode, FALSE, timeouts[i]) != STATUS_TIMEOUT) {
            return STATUS_UNSUCCESSFUL;
        }
    }
    return KeDelayExecutionThread(KernelMode, FALSE, &soon);
}
