// out of bounds: 0xF7
#include <ntddk.h>

static CHAR Text[] = "Hello, World! Hello, World! Hello";

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK io;
    LARGE_INTEGER start = { 0 };
    HANDLE file;
    CHAR line[16];
    NTSTATUS status;

    RtlInitUnicodeString(&name, L"\\DosDevices\\C:\\Temp\\text.txt");
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    status = ZwCreateFile(&file, GENERIC_READ | GENERIC_WRITE, &attributes, &io, NULL, FILE_ATTRIBUTE_NORMAL, 0,
        FILE_OVERWRITE_IF, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    ZwWriteFile(file, NULL, NULL, NULL, &io, Text, 32, NULL, NULL);
    ZwReadFile(file, NULL, NULL, NULL, &io, line, 32, &start, NULL); // <- here
    ZwClose(file);
    return STATUS_SUCCESS;
}
