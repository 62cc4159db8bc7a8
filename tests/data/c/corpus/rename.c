/*
    rename.c: make a file, write into it, rename it into another directory.

    Outcome: C:\Temp2\report.txt exists with the 12 bytes "Hello, file!"; C:\Temp is empty. A second rename, of a file
    that is made anew, onto the same name without ReplaceIfExists fails with STATUS_OBJECT_NAME_COLLISION, and that file
    stays in C:\Temp as draft.txt.
*/
#include <ntifs.h>

#define TAG 'nmeR'

NTSTATUS
CreateDraft(
    OUT PHANDLE FileHandle
    )
{
    UNICODE_STRING FileName;
    OBJECT_ATTRIBUTES ObjectAttributes;
    IO_STATUS_BLOCK IoStatusBlock;
    NTSTATUS Status;
    CHAR Text[] = "Hello, file!";

    RtlInitUnicodeString(&FileName, L"\\DosDevices\\C:\\Temp\\draft.txt");
    InitializeObjectAttributes(&ObjectAttributes,
                               &FileName,
                               OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE,
                               NULL,
                               NULL);

    Status = ZwCreateFile(FileHandle,
                          GENERIC_WRITE | DELETE | SYNCHRONIZE,
                          &ObjectAttributes,
                          &IoStatusBlock,
                          NULL,
                          FILE_ATTRIBUTE_NORMAL,
                          0,
                          FILE_CREATE,
                          FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE,
                          NULL,
                          0);
    if (!NT_SUCCESS(Status))
        return Status;

    Status = ZwWriteFile(*FileHandle, NULL, NULL, NULL, &IoStatusBlock, Text, sizeof(Text) - sizeof(CHAR), NULL, NULL);
    KdPrint(("wrote %Iu bytes\n", IoStatusBlock.Information));
    return Status;
}

NTSTATUS
MoveToTemp2(
    IN HANDLE FileHandle,
    IN BOOLEAN Replace
    )
{
    PFILE_RENAME_INFORMATION Rename = NULL;
    UNICODE_STRING Target;
    IO_STATUS_BLOCK IoStatusBlock;
    ULONG Size;
    NTSTATUS Status;

    RtlInitUnicodeString(&Target, L"\\DosDevices\\C:\\Temp2\\report.txt");

    Size = FIELD_OFFSET(FILE_RENAME_INFORMATION, FileName) + Target.Length;
    if (Size < sizeof(FILE_RENAME_INFORMATION))
        Size = sizeof(FILE_RENAME_INFORMATION);
    Rename = (PFILE_RENAME_INFORMATION)ExAllocatePoolWithTag(PagedPool, Size, TAG);
    if (!Rename) {
        Status = STATUS_INSUFFICIENT_RESOURCES;
        goto Exit;
    }

    RtlZeroMemory(Rename, Size);
    Rename->ReplaceIfExists = Replace;
    Rename->RootDirectory = NULL;
    Rename->FileNameLength = Target.Length;
    RtlCopyMemory(Rename->FileName, Target.Buffer, Target.Length);

    Status = ZwSetInformationFile(FileHandle, &IoStatusBlock, Rename, Size, FileRenameInformation);

Exit:
    if (Rename)
        ExFreePoolWithTag(Rename, TAG);
    return Status;
}

NTSTATUS
DriverEntry(
    IN PDRIVER_OBJECT DriverObject,
    IN PUNICODE_STRING RegistryPath
    )
{
    HANDLE File = NULL;
    NTSTATUS Status;
    int Round;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);

    for (Round = 0; Round < 2; Round++) {
        Status = CreateDraft(&File);
        if (!NT_SUCCESS(Status))
            goto Exit;

        Status = MoveToTemp2(File, FALSE);
        KdPrint(("round %d: 0x%08lX\n", Round, Status));
        ZwClose(File);
        File = NULL;
    }
    Status = STATUS_SUCCESS;

Exit:
    if (File != NULL)
        ZwClose(File);
    return Status;
}
