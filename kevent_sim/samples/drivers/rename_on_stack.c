// rename_on_stack.c: the second driver with the article's rename buffer, a local that is too short. Do not copy it.

#include <ntifs.h>
#include <ntstrsafe.h>

#define FILE_COUNT  1000
#define WRITE_COUNT 100

typedef struct _SYNC_RESOURCES {
    KEVENT FileCreationEvent;
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

    // All files are written and closed: one signal for the
    // one thread that waits.
    KeSetEvent(&SyncRes->FileCreationEvent,
        IO_NO_INCREMENT, FALSE);
}

VOID FileMoveThread(PVOID Context)
{
    // Built with /GS: in front of the return the compiler puts a
    // check of the cookie that lies above the locals.
    WCHAR oldFilePath[150], newFilePath[150];
    HANDLE hFile;
    IO_STATUS_BLOCK ioStatusBlock;
    FILE_RENAME_INFORMATION renameInfo;
    UNICODE_STRING uniOldPath;
    OBJECT_ATTRIBUTES objAttributes;
    PSYNC_RESOURCES SyncRes = Context;

    KeWaitForSingleObject(&SyncRes->FileCreationEvent,
        Executive, KernelMode, FALSE, NULL);

    for (ULONG i = 0; i < FILE_COUNT; i++) {
        RtlStringCchPrintfW(oldFilePath, 150,
            L"\\DosDevices\\C:\\Temp\\file_%lu.txt", i);
        RtlStringCchPrintfW(newFilePath, 150,
            L"\\DosDevices\\C:\\Temp2\\NewFile_%lu.txt", i);
        RtlInitUnicodeString(&uniOldPath, oldFilePath);
        InitializeObjectAttributes(&objAttributes, &uniOldPath,
            OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);

        NTSTATUS status = ZwOpenFile(&hFile, FILE_ALL_ACCESS,
            &objAttributes, &ioStatusBlock,
            FILE_SHARE_READ | FILE_SHARE_WRITE,
            FILE_SYNCHRONOUS_IO_NONALERT);
        if (NT_SUCCESS(status)) {
            renameInfo.ReplaceIfExists = TRUE;
            renameInfo.RootDirectory = NULL;
            renameInfo.FileNameLength =
                (ULONG)(wcslen(newFilePath) * sizeof(WCHAR));
            // 24 bytes, FileName from the 20th on: room for
            // two characters.
            RtlCopyMemory(renameInfo.FileName, newFilePath,
                renameInfo.FileNameLength);

            ULONG length = sizeof(FILE_RENAME_INFORMATION)
                + renameInfo.FileNameLength;
            ZwSetInformationFile(hFile, &ioStatusBlock,
                &renameInfo, length, FileRenameInformation);

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
    KeInitializeEvent(&SyncRes->FileCreationEvent,
        SynchronizationEvent, FALSE);

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
