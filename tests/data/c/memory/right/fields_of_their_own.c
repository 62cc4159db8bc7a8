#include <ntddk.h>

typedef struct _EXTENSION {
    KEVENT Done[2];
    UCHAR First;
    UCHAR Second;
} EXTENSION, *PEXTENSION;

static VOID WorkerOne(PVOID Context)
{
    PEXTENSION extension = Context;

    extension->First = 1;
    KeSetEvent(&extension->Done[0], IO_NO_INCREMENT, FALSE);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID WorkerTwo(PVOID Context)
{
    PEXTENSION extension = Context;

    extension->Second = 2;
    KeSetEvent(&extension->Done[1], IO_NO_INCREMENT, FALSE);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID DriverUnload(PDRIVER_OBJECT DriverObject)
{
    IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PDEVICE_OBJECT device;
    PEXTENSION extension;
    HANDLE handle;
    PVOID threads[2];
    PKSTART_ROUTINE routines[2] = { WorkerOne, WorkerTwo };
    NTSTATUS status = IoCreateDevice(DriverObject, sizeof(EXTENSION), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    DriverObject->DriverUnload = DriverUnload;
    extension = device->DeviceExtension;
    for (ULONG i = 0; i < 2; i++) {
        KeInitializeEvent(&extension->Done[i], NotificationEvent, FALSE);
    }
    for (ULONG i = 0; i < 2; i++) {
        PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, routines[i], extension);
        ObReferenceObjectByHandle(handle, SYNCHRONIZE, *PsThreadType, KernelMode, &threads[i], NULL);
        ZwClose(handle);
    }
    for (ULONG i = 0; i < 2; i++) {
        KeWaitForSingleObject(&extension->Done[i], Executive, KernelMode, FALSE, NULL);
    }
    status = extension->First + extension->Second == 3 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
    KeWaitForMultipleObjects(2, threads, WaitAll, Executive, KernelMode, FALSE, NULL, NULL);
    ObDereferenceObject(threads[0]);
    ObDereferenceObject(threads[1]);
    return status;
}
