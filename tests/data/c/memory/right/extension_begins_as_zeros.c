#include <ntddk.h>

typedef struct _EXTENSION {
    PVOID Owner;
    ULONG Counts[3];
    BOOLEAN Started;
} EXTENSION, *PEXTENSION;

static VOID DriverUnload(PDRIVER_OBJECT DriverObject)
{
    IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PDEVICE_OBJECT device = NULL;
    PEXTENSION extension;
    NTSTATUS status = IoCreateDevice(DriverObject, sizeof(EXTENSION), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    DriverObject->DriverUnload = DriverUnload;
    extension = device->DeviceExtension;
    extension->Counts[2]++;
    return extension->Owner == NULL && !extension->Started && extension->Counts[2] == 1 ? STATUS_SUCCESS
                                                                                        : STATUS_UNSUCCESSFUL;
}
