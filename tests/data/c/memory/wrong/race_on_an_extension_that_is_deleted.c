// race: none
#include <ntddk.h>

typedef struct _EXTENSION {
    KEVENT Done;
    ULONG Value;
} EXTENSION, *PEXTENSION;

static VOID Worker(PVOID Context)
{
    PEXTENSION extension = Context;

    KeSetEvent(&extension->Done, IO_NO_INCREMENT, FALSE);
    extension->Value = 4; // <- here
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PDEVICE_OBJECT device;
    PEXTENSION extension;
    HANDLE thread;
    NTSTATUS status = IoCreateDevice(DriverObject, sizeof(EXTENSION), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    extension = device->DeviceExtension;
    KeInitializeEvent(&extension->Done, NotificationEvent, FALSE);
    status = PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, Worker, extension);
    if (NT_SUCCESS(status)) {
        ZwClose(thread);
        KeWaitForSingleObject(&extension->Done, Executive, KernelMode, FALSE, NULL);
    }
    IoDeleteDevice(device); // <- and here
    return status;
}
