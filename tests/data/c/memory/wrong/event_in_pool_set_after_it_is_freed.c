// use after free: 0xD5
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PKEVENT done = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(KEVENT), 'enoD');

    if (done == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    KeInitializeEvent(done, NotificationEvent, FALSE);
    ExFreePoolWithTag(done, 'enoD');
    KeSetEvent(done, IO_NO_INCREMENT, FALSE); // <- here
    return STATUS_SUCCESS;
}
