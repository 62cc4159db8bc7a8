// semaphore.c: a hand-off file by file: the semaphore counts the files that are ready, several movers share them.

#include <ntifs.h>
#include <ntstrsafe.h>

#define FILE_COUNT  1000
#define WRITE_COUNT 100
#define MOVER_COUNT 2
#define POOL_TAG    'cnyS'

typedef struct _SYNC_RESOURCES {
    KSEMAPHORE FilesReady;
} SYNC_RESOURCES, *PSYNC_RESOURCES;

DRIVER_INITIALIZE DriverEntry;
DRIVER_UNLOAD DriverUnload;
KSTART_ROUTINE FileCreationThread, FileMoveThread;

BOOLEAN CreateOneFile(ULONG i)
{
    static CHAR dataToWrite[] = "Hello, World!\r\n";
    DECLARE_UNICODE_STRING_SIZE(uniFilePath, 64);
    OBJECT_ATTRIBUTES objAttributes;

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
    if (!NT_SUCCESS(status)) {
        return FALSE;
    }

    for (ULONG j = 0; j < WRITE_COUNT; j++) {
        ZwWriteFile(hFile, NULL, NULL, NULL,
            &ioStatusBlock, dataToWrite,
            sizeof(dataToWrite) - 1, NULL, NULL);
    }
    ZwClose(hFile);
    return TRUE;
}

BOOLEAN MoveOneFile(ULONG i)
{
    DECLARE_UNICODE_STRING_SIZE(oldFilePath, 64);
    DECLARE_UNICODE_STRING_SIZE(newFilePath, 64);
    OBJECT_ATTRIBUTES objAttributes;

    RtlUnicodeStringPrintf(&oldFilePath,
        L"\\DosDevices\\C:\\Temp\\file_%lu.txt", i);
    RtlUnicodeStringPrintf(&newFilePath,
        L"\\DosDevices\\C:\\Temp2\\NewFile_%lu.txt", i);
    InitializeObjectAttributes(&objAttributes, &oldFilePath,
        OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);

    // FILE_SHARE_DELETE is not given: of two movers that open
    // one file, the second is refused.
    HANDLE hFile;
    IO_STATUS_BLOCK ioStatusBlock;
    NTSTATUS status = ZwOpenFile(&hFile, FILE_ALL_ACCESS,
        &objAttributes, &ioStatusBlock,
        FILE_SHARE_READ | FILE_SHARE_WRITE,
        FILE_SYNCHRONOUS_IO_NONALERT);
    if (!NT_SUCCESS(status)) {
        return FALSE;
    }

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
    return TRUE;
}

VOID FileCreationThread(PVOID Context)
{
    PSYNC_RESOURCES SyncRes = Context;

    // One count for each file, released when it is complete.
    for (ULONG i = 0; i < FILE_COUNT; i++) {
        if (CreateOneFile(i)) {
            KeReleaseSemaphore(&SyncRes->FilesReady,
                IO_NO_INCREMENT, 1, FALSE);
        }
    }

    // And one for each mover, with no file for it:
    // it ends the mover.
    KeReleaseSemaphore(&SyncRes->FilesReady,
        IO_NO_INCREMENT, MOVER_COUNT, FALSE);
}

VOID FileMoveThread(PVOID Context)
{
    PSYNC_RESOURCES SyncRes = Context;
    ULONG i = 0;

    // A mover with a count moves the first file that is left.
    // The files before i are gone: they were taken by this
    // mover or by another.
    while (i < FILE_COUNT) {
        KeWaitForSingleObject(&SyncRes->FilesReady,
            Executive, KernelMode, FALSE, NULL);
        while (i < FILE_COUNT && !MoveOneFile(i)) {
            i++;
        }
        i++;
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

    // The count can never pass this limit: one for each file,
    // and one for each mover.
    PSYNC_RESOURCES SyncRes = DeviceObject->DeviceExtension;
    KeInitializeSemaphore(&SyncRes->FilesReady, 0,
        FILE_COUNT + MOVER_COUNT);

    HANDLE threadHandle;
    status = PsCreateSystemThread(&threadHandle, 0, NULL,
        NULL, NULL, FileCreationThread, SyncRes);
    if (NT_SUCCESS(status)) {
        ZwClose(threadHandle);
    }

    for (ULONG i = 0; i < MOVER_COUNT; i++) {
        status = PsCreateSystemThread(&threadHandle, 0, NULL,
            NULL, NULL, FileMoveThread, SyncRes);
        if (NT_SUCCESS(status)) {
            ZwClose(threadHandle);
        }
    }

    return STATUS_SUCCESS;
}
