// use after free: 0xD5
#include <ntddk.h>

typedef struct _EXTENSION {
    ULONG Opened;
} EXTENSION, *PEXTENSION;

static VOID DriverUnload(PDRIVER_OBJECT DriverObject)
{
    PEXTENSION extension = DriverObject->DeviceObject->DeviceExtension;

    IoDeleteDevice(DriverObject->DeviceObject);
    DbgPrint("opened %lu times\n", extension->Opened); // <- here
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PDEVICE_OBJECT device;

    DriverObject->DriverUnload = DriverUnload;
    return IoCreateDevice(DriverObject, sizeof(EXTENSION), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
}
