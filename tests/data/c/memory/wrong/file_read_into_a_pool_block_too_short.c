// out of bounds: 0x19
#include <ntddk.h>

static CHAR Text[64] = "Hello";

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK io;
    LARGE_INTEGER start = { 0 };
    HANDLE file;
    NTSTATUS status;
    PCHAR buffer;

    RtlInitUnicodeString(&name, L"\\DosDevices\\C:\\Temp\\text.txt");
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    status = ZwCreateFile(&file, GENERIC_READ | GENERIC_WRITE, &attributes, &io, NULL, FILE_ATTRIBUTE_NORMAL, 0,
        FILE_OVERWRITE_IF, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    ZwWriteFile(file, NULL, NULL, NULL, &io, Text, sizeof(Text), NULL, NULL);
    buffer = ExAllocatePool2(POOL_FLAG_PAGED, sizeof(Text) / 2, 'daeR');
    if (buffer != NULL) {
        ZwReadFile(file, NULL, NULL, NULL, &io, buffer, sizeof(Text), &start, NULL); // <- here
        ExFreePoolWithTag(buffer, 'daeR');
    }
    ZwClose(file);
    return STATUS_SUCCESS;
}
