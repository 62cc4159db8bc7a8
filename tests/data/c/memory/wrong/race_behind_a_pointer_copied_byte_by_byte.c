// race: none
#include <ntddk.h>

static PULONG Handed;
static KEVENT There;

static VOID Counter(PVOID Context)
{
    KeWaitForSingleObject(&There, Executive, KernelMode, FALSE, NULL);
    (*Handed)++; // <- here
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PULONG count = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(ULONG), 'tnuC');
    HANDLE thread;

    if (count == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    KeInitializeEvent(&There, NotificationEvent, FALSE);
    for (ULONG i = 0; i < sizeof(count); i++) {
        ((PUCHAR)&Handed)[i] = ((PUCHAR)&count)[i];
    }
    if (NT_SUCCESS(PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, Counter, NULL))) {
        ZwClose(thread);
    }
    KeSetEvent(&There, IO_NO_INCREMENT, FALSE);
    (*count)++; // <- and here
    return STATUS_SUCCESS;
}
