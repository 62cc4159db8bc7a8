#include <ntddk.h>

typedef struct _EXTENSION {
    KEVENT Stop;
    PVOID Thread;
    ULONG Rounds;
} EXTENSION, *PEXTENSION;

static VOID Worker(PVOID Context)
{
    PEXTENSION extension = Context;

    extension->Rounds++;
    KeWaitForSingleObject(&extension->Stop, Executive, KernelMode, FALSE, NULL);
    extension->Rounds++;
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID DriverUnload(PDRIVER_OBJECT DriverObject)
{
    PEXTENSION extension = DriverObject->DeviceObject->DeviceExtension;

    KeSetEvent(&extension->Stop, IO_NO_INCREMENT, FALSE);
    KeWaitForSingleObject(extension->Thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(extension->Thread);
    DbgPrint("%lu rounds\n", extension->Rounds);
    IoDeleteDevice(DriverObject->DeviceObject);
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
    DriverObject->DriverUnload = DriverUnload;
    extension = device->DeviceExtension;
    KeInitializeEvent(&extension->Stop, NotificationEvent, FALSE);
    status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, extension);
    if (!NT_SUCCESS(status)) {
        IoDeleteDevice(device);
        return status;
    }
    ObReferenceObjectByHandle(thread, SYNCHRONIZE, *PsThreadType, KernelMode, &extension->Thread, NULL);
    ZwClose(thread);
    return STATUS_SUCCESS;
}
