// notification_event.c: the mover waits for a notification event, and resets it by hand.

#include <ntifs.h>
#include <ntstrsafe.h>

#define FILE_COUNT  1000
#define WRITE_COUNT 100
#define POOL_TAG    'cnyS'

typedef struct _SYNC_RESOURCES {
    KEVENT FileOperationEvent;
} SYNC_RESOURCES, *PSYNC_RESOURCES;

DRIVER_INITIALIZE DriverEntry;
DRIVER_UNLOAD DriverUnload;
KSTART_ROUTINE FileCreationThread, FileMoveThread;

VOID FileCreationThread(PVOID Context)
{
    static CHAR dataToWrite[] = "Hello, World!\r\n";
    DECLARE_UNICODE_STRING_SIZE(uniFilePath, 64);
    OBJECT_ATTRIBUTES objAttributes;
    PSYNC_RESOURCES SyncRes = Context;

    for (ULONG i = 0; i < FILE_COUNT; i++) {
        RtlUnicodeStringPrintf(&uniFilePath,
            L"\\DosDevices\\C:\\Temp\\file_%lu.txt", i);
        InitializeObjectAttributes(&objAttributes, &uniFilePath,
            OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);

        HANDLE hFile;
        IO_STATUS_BLOCK ioStatusBlock;
        NTSTATUS status = ZwCreateFile(&hFile, GENERIC_WRITE,
            &objAttributes, &ioStatusBlock, NULL,
            FILE_ATTRIBUTE_NORMAL, 0, FILE_OVERWRITE_IF,
            FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
        if (NT_SUCCESS(status)) {
            for (ULONG j = 0; j < WRITE_COUNT; j++) {
                ZwWriteFile(hFile, NULL, NULL, NULL,
                    &ioStatusBlock, dataToWrite,
                    sizeof(dataToWrite) - 1, NULL, NULL);
            }
            ZwClose(hFile);
        }
    }

    // All files are written and closed: a thread that waits,
    // now or later, may go on.
    KeSetEvent(&SyncRes->FileOperationEvent,
        IO_NO_INCREMENT, FALSE);
}

VOID FileMoveThread(PVOID Context)
{
    DECLARE_UNICODE_STRING_SIZE(oldFilePath, 64);
    DECLARE_UNICODE_STRING_SIZE(newFilePath, 64);
    OBJECT_ATTRIBUTES objAttributes;
    PSYNC_RESOURCES SyncRes = Context;

    // The wait leaves the event signaled; the reset is a second
    // step, and other threads may run between the two.
    KeWaitForSingleObject(&SyncRes->FileOperationEvent,
        Executive, KernelMode, FALSE, NULL);
    KeResetEvent(&SyncRes->FileOperationEvent);

    for (ULONG i = 0; i < FILE_COUNT; i++) {
        RtlUnicodeStringPrintf(&oldFilePath,
            L"\\DosDevices\\C:\\Temp\\file_%lu.txt", i);
        RtlUnicodeStringPrintf(&newFilePath,
            L"\\DosDevices\\C:\\Temp2\\NewFile_%lu.txt", i);
        InitializeObjectAttributes(&objAttributes, &oldFilePath,
            OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);

        HANDLE hFile;
        IO_STATUS_BLOCK ioStatusBlock;
        NTSTATUS status = ZwOpenFile(&hFile, FILE_ALL_ACCESS,
            &objAttributes, &ioStatusBlock,
            FILE_SHARE_READ | FILE_SHARE_WRITE,
            FILE_SYNCHRONOUS_IO_NONALERT);
        if (NT_SUCCESS(status)) {
            // The article's buffer is too short for this name;
            // ours is not. Notebook 08 shows what that does.
            ULONG length = newFilePath.Length +
                FIELD_OFFSET(FILE_RENAME_INFORMATION, FileName);
            PFILE_RENAME_INFORMATION renameInfo = ExAllocatePool2(
                POOL_FLAG_NON_PAGED, length, POOL_TAG);
            if (renameInfo != NULL) {
                renameInfo->ReplaceIfExists = TRUE;
                renameInfo->RootDirectory = NULL;
                renameInfo->FileNameLength = newFilePath.Length;
                RtlCopyMemory(renameInfo->FileName,
                    newFilePath.Buffer, newFilePath.Length);
                ZwSetInformationFile(hFile, &ioStatusBlock,
                    renameInfo, length, FileRenameInformation);
                ExFreePoolWithTag(renameInfo, POOL_TAG);
            }
            ZwClose(hFile);
        }
    }
}

VOID DriverUnload(PDRIVER_OBJECT DriverObject)
{
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
    KeInitializeEvent(&SyncRes->FileOperationEvent,
        NotificationEvent, FALSE);

    HANDLE threadHandle1, threadHandle2;
    status = PsCreateSystemThread(&threadHandle1, 0, NULL,
        NULL, NULL, FileCreationThread, SyncRes);
    if (NT_SUCCESS(status)) {
        ZwClose(threadHandle1);
    }

    status = PsCreateSystemThread(&threadHandle2, 0, NULL,
        NULL, NULL, FileMoveThread, SyncRes);
    if (NT_SUCCESS(status)) {
        ZwClose(threadHandle2);
    }

    return STATUS_SUCCESS;
}
