// out of bounds: 0x50
#include <ntddk.h>

typedef struct _SYNC_RESOURCES {
    KEVENT FileCreationEvent;
    ULONG Count;
} SYNC_RESOURCES, *PSYNC_RESOURCES;

static VOID DriverUnload(PDRIVER_OBJECT DriverObject)
{
    IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PDEVICE_OBJECT device;
    PSYNC_RESOURCES shared;
    NTSTATUS status;

    DriverObject->DriverUnload = DriverUnload;
    status = IoCreateDevice(DriverObject, sizeof(PSYNC_RESOURCES), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    shared = device->DeviceExtension;
    shared->Count = 0; // <- here
    KeInitializeEvent(&shared->FileCreationEvent, SynchronizationEvent, FALSE);
    return STATUS_SUCCESS;
}
