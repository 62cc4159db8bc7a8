#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    KEVENT events[4];
    PVOID objects[4];
    KWAIT_BLOCK blocks[4];
    NTSTATUS status;

    for (ULONG i = 0; i < 4; i++) {
        KeInitializeEvent(&events[i], NotificationEvent, i == 2);
        objects[3 - i] = &events[i];
    }
    for (ULONG round = 0; round < 2; round++) {
        status = KeWaitForMultipleObjects(4, objects, WaitAny, Executive, KernelMode, FALSE, NULL, blocks);
        if (status != STATUS_WAIT_1) {
            return STATUS_UNSUCCESSFUL;
        }
    }
    return STATUS_SUCCESS;
}
