// files.h: what a driver of this course does with a file, for %%c cells that are about something else.

#pragma once

#include <ntifs.h>
#include <ntstrsafe.h>

#define FILE_COUNT  3
#define WRITE_COUNT 2

// Creates C:\Temp\file_<i>.txt, which it shares with nobody, writes to it and closes it.
NTSTATUS CreateOneFile(ULONG i)
{
    static CHAR dataToWrite[] = "Hello, World!\r\n";
    DECLARE_UNICODE_STRING_SIZE(path, 64);
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK ioStatusBlock;
    HANDLE hFile;

    RtlUnicodeStringPrintf(&path, L"\\DosDevices\\C:\\Temp\\file_%lu.txt", i);
    InitializeObjectAttributes(&attributes, &path,
        OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    NTSTATUS status = ZwCreateFile(&hFile, GENERIC_WRITE, &attributes,
        &ioStatusBlock, NULL, FILE_ATTRIBUTE_NORMAL, 0, FILE_OVERWRITE_IF,
        FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    if (NT_SUCCESS(status)) {
        for (ULONG j = 0; j < WRITE_COUNT; j++) {
            ZwWriteFile(hFile, NULL, NULL, NULL, &ioStatusBlock,
                dataToWrite, sizeof(dataToWrite) - 1, NULL, NULL);
        }
        ZwClose(hFile);
    }
    return status;
}

// Moves it to C:\Temp2\NewFile_<i>.txt.
NTSTATUS MoveOneFile(ULONG i)
{
    DECLARE_UNICODE_STRING_SIZE(oldPath, 64);
    DECLARE_UNICODE_STRING_SIZE(newPath, 64);
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK ioStatusBlock;
    HANDLE hFile;
    union {
        FILE_RENAME_INFORMATION information;
        CHAR room[256];
    } rename;

    RtlUnicodeStringPrintf(&oldPath, L"\\DosDevices\\C:\\Temp\\file_%lu.txt", i);
    RtlUnicodeStringPrintf(&newPath, L"\\DosDevices\\C:\\Temp2\\NewFile_%lu.txt", i);
    InitializeObjectAttributes(&attributes, &oldPath,
        OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    NTSTATUS status = ZwOpenFile(&hFile, FILE_ALL_ACCESS, &attributes,
        &ioStatusBlock, FILE_SHARE_READ | FILE_SHARE_WRITE,
        FILE_SYNCHRONOUS_IO_NONALERT);
    if (NT_SUCCESS(status)) {
        rename.information.ReplaceIfExists = TRUE;
        rename.information.RootDirectory = NULL;
        rename.information.FileNameLength = newPath.Length;
        RtlCopyMemory(&rename.room[FIELD_OFFSET(FILE_RENAME_INFORMATION, FileName)],
            newPath.Buffer, newPath.Length);
        status = ZwSetInformationFile(hFile, &ioStatusBlock, &rename,
            sizeof(rename), FileRenameInformation);
        ZwClose(hFile);
    }
    return status;
}

// Starts a thread.
NTSTATUS StartThread(PKSTART_ROUTINE StartRoutine)
{
    HANDLE threadHandle;
    NTSTATUS status = PsCreateSystemThread(&threadHandle, THREAD_ALL_ACCESS,
        NULL, NULL, NULL, StartRoutine, NULL);
    if (NT_SUCCESS(status)) {
        ZwClose(threadHandle);
    }
    return status;
}
