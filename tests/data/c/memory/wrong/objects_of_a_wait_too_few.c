// out of bounds: 0x50
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    KEVENT stop, ready;
    PVOID objects[2];

    KeInitializeEvent(&stop, NotificationEvent, TRUE);
    KeInitializeEvent(&ready, NotificationEvent, TRUE);
    objects[0] = &stop;
    objects[1] = &ready;
    KeWaitForMultipleObjects(3, objects, WaitAll, Executive, KernelMode, FALSE, NULL, NULL); // <- here
    return STATUS_SUCCESS;
}
