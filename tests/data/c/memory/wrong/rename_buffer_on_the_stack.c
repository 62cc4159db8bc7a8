// out of bounds: 0xF7
#include <ntifs.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    static const WCHAR newName[] = L"\\DosDevices\\C:\\Temp2\\new.txt";
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK io;
    HANDLE file;
    FILE_RENAME_INFORMATION rename;
    NTSTATUS status;

    RtlInitUnicodeString(&name, L"\\DosDevices\\C:\\Temp\\old.txt");
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    status = ZwCreateFile(&file, GENERIC_WRITE | DELETE, &attributes, &io, NULL, FILE_ATTRIBUTE_NORMAL, 0,
        FILE_OVERWRITE_IF, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    rename.ReplaceIfExists = TRUE;
    rename.RootDirectory = NULL;
    rename.FileNameLength = sizeof(newName) - sizeof(WCHAR);
    RtlCopyMemory(rename.FileName, newName, rename.FileNameLength); // <- here
    ZwSetInformationFile(file, &io, &rename, sizeof(rename) + rename.FileNameLength, FileRenameInformation);
    ZwClose(file);
    return STATUS_SUCCESS;
}
