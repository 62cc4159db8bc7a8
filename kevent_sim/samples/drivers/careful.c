// careful.c: the second driver, mended: it can be stopped at any moment, waits for its threads, says what failed.

#include <ntifs.h>
#include <ntstrsafe.h>

#define FILE_COUNT  1000
#define WRITE_COUNT 100
#define POOL_TAG    'lfrC'

typedef struct _SYNC_RESOURCES {
    KEVENT FileCreationEvent;
    KEVENT StopEvent;
    PETHREAD CreationThread;
    PETHREAD MoveThread;
} SYNC_RESOURCES, *PSYNC_RESOURCES;

DRIVER_INITIALIZE DriverEntry;
DRIVER_UNLOAD DriverUnload;
KSTART_ROUTINE FileCreationThread, FileMoveThread;

NTSTATUS CreateFile(ULONG i)
{
    static CHAR dataToWrite[] = "Hello, World!\r\n";
    DECLARE_UNICODE_STRING_SIZE(uniFilePath, 64);
    OBJECT_ATTRIBUTES objAttributes;
    HANDLE hFile;
    IO_STATUS_BLOCK ioStatusBlock;

    NTSTATUS status = RtlUnicodeStringPrintf(&uniFilePath,
        L"\\DosDevices\\C:\\Temp\\file_%lu.txt", i);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    InitializeObjectAttributes(&objAttributes, &uniFilePath,
        OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    status = ZwCreateFile(&hFile, GENERIC_WRITE,
        &objAttributes, &ioStatusBlock, NULL,
        FILE_ATTRIBUTE_NORMAL, 0, FILE_OVERWRITE_IF,
        FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    if (!NT_SUCCESS(status)) {
        return status;
    }

    for (ULONG j = 0; j < WRITE_COUNT; j++) {
        status = ZwWriteFile(hFile, NULL, NULL, NULL,
            &ioStatusBlock, dataToWrite,
            sizeof(dataToWrite) - 1, NULL, NULL);
        if (!NT_SUCCESS(status)) {
            break;
        }
    }

    ZwClose(hFile);
    return status;
}

NTSTATUS MoveFile(ULONG i)
{
    DECLARE_UNICODE_STRING_SIZE(oldFilePath, 64);
    DECLARE_UNICODE_STRING_SIZE(newFilePath, 64);
    OBJECT_ATTRIBUTES objAttributes;
    HANDLE hFile;
    IO_STATUS_BLOCK ioStatusBlock;

    NTSTATUS status = RtlUnicodeStringPrintf(&oldFilePath,
        L"\\DosDevices\\C:\\Temp\\file_%lu.txt", i);
    if (NT_SUCCESS(status)) {
        status = RtlUnicodeStringPrintf(&newFilePath,
            L"\\DosDevices\\C:\\Temp2\\NewFile_%lu.txt", i);
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    InitializeObjectAttributes(&objAttributes, &oldFilePath,
        OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);

    // No more access than a rename needs, and all sharing.
    status = ZwOpenFile(&hFile, DELETE | SYNCHRONIZE,
        &objAttributes, &ioStatusBlock,
        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE);
    if (!NT_SUCCESS(status)) {
        return status;
    }

    ULONG length = newFilePath.Length +
        FIELD_OFFSET(FILE_RENAME_INFORMATION, FileName);
    PFILE_RENAME_INFORMATION renameInfo = ExAllocatePool2(
        POOL_FLAG_NON_PAGED, length, POOL_TAG);
    if (renameInfo == NULL) {
        status = STATUS_INSUFFICIENT_RESOURCES;
    } else {
        renameInfo->ReplaceIfExists = TRUE;
        renameInfo->RootDirectory = NULL;
        renameInfo->FileNameLength = newFilePath.Length;
        RtlCopyMemory(renameInfo->FileName,
            newFilePath.Buffer, newFilePath.Length);
        status = ZwSetInformationFile(hFile, &ioStatusBlock,
            renameInfo, length, FileRenameInformation);
        ExFreePoolWithTag(renameInfo, POOL_TAG);
    }

    ZwClose(hFile);
    return status;
}

VOID FileCreationThread(PVOID Context)
{
    PSYNC_RESOURCES SyncRes = Context;
    NTSTATUS status = STATUS_SUCCESS;
    for (ULONG i = 0; i < FILE_COUNT; i++) {
        if (KeReadStateEvent(&SyncRes->StopEvent)) {
            status = STATUS_CANCELLED;
        } else {
            status = CreateFile(i);
        }
        if (!NT_SUCCESS(status)) {
            break;
        }
    }

    // On every path one of the two is set: the mover waits for
    // either, and so it does not wait for ever.
    if (NT_SUCCESS(status)) {
        KeSetEvent(&SyncRes->FileCreationEvent,
            IO_NO_INCREMENT, FALSE);
    } else {
        KeSetEvent(&SyncRes->StopEvent,
            IO_NO_INCREMENT, FALSE);
    }
    PsTerminateSystemThread(status);
}

VOID FileMoveThread(PVOID Context)
{
    PSYNC_RESOURCES SyncRes = Context;

    // StopEvent comes first: if both are signaled, it wins.
    PVOID waitObjects[] = {
        &SyncRes->StopEvent, &SyncRes->FileCreationEvent
    };
    NTSTATUS status = KeWaitForMultipleObjects(2, waitObjects,
        WaitAny, Executive, KernelMode, FALSE, NULL, NULL);
    if (status == STATUS_WAIT_0) {
        PsTerminateSystemThread(STATUS_CANCELLED);
    }

    // A file that cannot be moved does not stop the others; the
    // thread ends with the first failure.
    NTSTATUS result = STATUS_SUCCESS;
    for (ULONG i = 0; i < FILE_COUNT; i++) {
        if (KeReadStateEvent(&SyncRes->StopEvent)) {
            status = STATUS_CANCELLED;
        } else {
            status = MoveFile(i);
        }
        if (NT_SUCCESS(result)) {
            result = status;
        }
        if (status == STATUS_CANCELLED) {
            break;
        }
    }
    PsTerminateSystemThread(result);
}

NTSTATUS StartThread(PSYNC_RESOURCES SyncRes,
                     PKSTART_ROUTINE StartRoutine,
                     PETHREAD *Thread)
{
    HANDLE threadHandle;
    NTSTATUS status = PsCreateSystemThread(&threadHandle,
        THREAD_ALL_ACCESS, NULL, NULL, NULL, StartRoutine,
        SyncRes);
    if (!NT_SUCCESS(status)) {
        return status;
    }

    // The handle is ours, so this succeeds. The reference keeps
    // the thread's object for DriverUnload to wait on.
    ObReferenceObjectByHandle(threadHandle, SYNCHRONIZE,
        *PsThreadType, KernelMode, (PVOID *)Thread, NULL);
    ZwClose(threadHandle);
    return STATUS_SUCCESS;
}

VOID DriverUnload(PDRIVER_OBJECT DriverObject)
{
    PSYNC_RESOURCES SyncRes =
        DriverObject->DeviceObject->DeviceExtension;
    KeSetEvent(&SyncRes->StopEvent, IO_NO_INCREMENT, FALSE);

    PVOID threads[] = {
        SyncRes->CreationThread, SyncRes->MoveThread
    };
    KeWaitForMultipleObjects(2, threads, WaitAll,
        Executive, KernelMode, FALSE, NULL, NULL);
    ObDereferenceObject(threads[0]);
    ObDereferenceObject(threads[1]);

    // Nobody uses the extension or runs this code any more.
    IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject,
                     PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = DriverUnload;

    PDEVICE_OBJECT DeviceObject;
    NTSTATUS status = IoCreateDevice(DriverObject,
        sizeof(SYNC_RESOURCES), NULL, FILE_DEVICE_UNKNOWN,
        FILE_DEVICE_SECURE_OPEN, FALSE, &DeviceObject);
    if (!NT_SUCCESS(status)) {
        return status;
    }

    PSYNC_RESOURCES SyncRes = DeviceObject->DeviceExtension;
    KeInitializeEvent(&SyncRes->FileCreationEvent,
        SynchronizationEvent, FALSE);
    KeInitializeEvent(&SyncRes->StopEvent,
        NotificationEvent, FALSE);

    status = StartThread(SyncRes, FileCreationThread,
        &SyncRes->CreationThread);
    if (!NT_SUCCESS(status)) {
        IoDeleteDevice(DeviceObject);
        return status;
    }

    status = StartThread(SyncRes, FileMoveThread,
        &SyncRes->MoveThread);
    if (!NT_SUCCESS(status)) {
        KeSetEvent(&SyncRes->StopEvent,
            IO_NO_INCREMENT, FALSE);
        KeWaitForSingleObject(SyncRes->CreationThread,
            Executive, KernelMode, FALSE, NULL);
        ObDereferenceObject(SyncRes->CreationThread);
        IoDeleteDevice(DeviceObject);
        return status;
    }

    return STATUS_SUCCESS;
}
