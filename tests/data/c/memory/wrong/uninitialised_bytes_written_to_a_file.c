// uninitialised: none
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK io;
    HANDLE file;
    CHAR line[16];
    NTSTATUS status;

    RtlInitUnicodeString(&name, L"\\DosDevices\\C:\\Temp\\log.txt");
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    status = ZwCreateFile(&file, GENERIC_WRITE, &attributes, &io, NULL, FILE_ATTRIBUTE_NORMAL, 0, FILE_OVERWRITE_IF,
        FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    line[0] = 'O';
    line[1] = 'K';
    ZwWriteFile(file, NULL, NULL, NULL, &io, line, sizeof(line), NULL, NULL); // <- here
    ZwClose(file);
    return STATUS_SUCCESS;
}
