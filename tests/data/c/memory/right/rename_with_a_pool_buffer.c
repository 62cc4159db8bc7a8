#include <ntifs.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING oldName, newName;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK io;
    HANDLE file;
    PFILE_RENAME_INFORMATION rename;
    ULONG length;
    NTSTATUS status;

    RtlInitUnicodeString(&oldName, L"\\DosDevices\\C:\\Temp\\old.txt");
    RtlInitUnicodeString(&newName, L"\\DosDevices\\C:\\Temp2\\new.txt");
    InitializeObjectAttributes(&attributes, &oldName, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    status = ZwCreateFile(&file, GENERIC_WRITE | DELETE, &attributes, &io, NULL, FILE_ATTRIBUTE_NORMAL, 0,
        FILE_OVERWRITE_IF, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    length = FIELD_OFFSET(FILE_RENAME_INFORMATION, FileName) + newName.Length;
    rename = ExAllocatePoolWithTag(PagedPool, length, 'maNR');
    if (rename == NULL) {
        status = STATUS_INSUFFICIENT_RESOURCES;
    } else {
        RtlZeroMemory(rename, length);
        rename->ReplaceIfExists = TRUE;
        rename->FileNameLength = newName.Length;
        RtlCopyMemory(rename->FileName, newName.Buffer, newName.Length);
        status = ZwSetInformationFile(file, &io, rename, length, FileRenameInformation);
        ExFreePoolWithTag(rename, 'maNR');
    }
    ZwClose(file);
    return status;
}
