#include <ntddk.h>

typedef struct _EXTENSION {
    KMUTEX Lock;
    ULONG Files;
    ULONG Bytes;
} EXTENSION, *PEXTENSION;

static VOID Worker(PVOID Context)
{
    PEXTENSION extension = Context;

    KeWaitForSingleObject(&extension->Lock, Executive, KernelMode, FALSE, NULL);
    extension->Files++;
    extension->Bytes += 15;
    KeReleaseMutex(&extension->Lock, FALSE);
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
    HANDLE thread;
    PVOID threads[2];
    NTSTATUS status = IoCreateDevice(DriverObject, sizeof(EXTENSION), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    DriverObject->DriverUnload = DriverUnload;
    extension = device->DeviceExtension;
    KeInitializeMutex(&extension->Lock, 0);
    for (ULONG i = 0; i < 2; i++) {
        PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, extension);
        ObReferenceObjectByHandle(thread, SYNCHRONIZE, *PsThreadType, KernelMode, &threads[i], NULL);
        ZwClose(thread);
    }
    KeWaitForMultipleObjects(2, threads, WaitAll, Executive, KernelMode, FALSE, NULL, NULL);
    ObDereferenceObject(threads[0]);
    ObDereferenceObject(threads[1]);
    DbgPrint("%lu files, %lu bytes\n", extension->Files, extension->Bytes);
    return STATUS_SUCCESS;
}
