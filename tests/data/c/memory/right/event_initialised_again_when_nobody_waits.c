#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    for (ULONG i = 0; i < 2; i++) {
        KEVENT event;
        LARGE_INTEGER now = { 0 };

        KeInitializeEvent(&event, SynchronizationEvent, FALSE);
        if (KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &now) != STATUS_TIMEOUT) {
            return STATUS_UNSUCCESSFUL;
        }
        KeSetEvent(&event, IO_NO_INCREMENT, FALSE);
        RtlZeroMemory(&event, sizeof(event)); // it is memory, and nobody uses the event any more
    }
    return STATUS_SUCCESS;
}
