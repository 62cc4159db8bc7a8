// race: none
#include <ntddk.h>

typedef struct _EXTENSION {
    KEVENT Done;
    ULONG Files;
} EXTENSION, *PEXTENSION;

static VOID Creator(PVOID Context)
{
    PEXTENSION extension = Context;

    extension->Files = 3; // <- here
    KeSetEvent(&extension->Done, IO_NO_INCREMENT, FALSE);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID Mover(PVOID Context)
{
    PEXTENSION extension = Context;
    ULONG files = extension->Files; // <- and here

    KeWaitForSingleObject(&extension->Done, Executive, KernelMode, FALSE, NULL);
    DbgPrint("%lu\n", files);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PDEVICE_OBJECT device;
    PEXTENSION extension;
    HANDLE thread;
    NTSTATUS status;

    status = IoCreateDevice(DriverObject, sizeof(EXTENSION), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    extension = device->DeviceExtension;
    KeInitializeEvent(&extension->Done, NotificationEvent, FALSE);
    if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Creator, extension))) {
        ZwClose(thread);
    }
    if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Mover, extension))) {
        ZwClose(thread);
    }
    return STATUS_SUCCESS;
}
