// out of bounds: 0xF7
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    KEVENT events[4];
    PVOID objects[4];
    KWAIT_BLOCK blocks[3];
    LARGE_INTEGER soon = { .QuadPart = -10000 };

    for (ULONG i = 0; i < 4; i++) {
        KeInitializeEvent(&events[i], NotificationEvent, FALSE);
        objects[i] = &events[i];
    }
    KeWaitForMultipleObjects(4, objects, WaitAny, Executive, KernelMode, FALSE, &soon, blocks); // <- here
    return STATUS_SUCCESS;
}
