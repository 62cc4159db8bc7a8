#include <ntddk.h>

static CHAR Text[] = "Hello, World!\r\n";

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK io;
    LARGE_INTEGER start = { 0 };
    HANDLE file;
    CHAR buffer[32];
    NTSTATUS status;

    RtlInitUnicodeString(&name, L"\\DosDevices\\C:\\Temp\\text.txt");
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    status = ZwCreateFile(&file, GENERIC_READ | GENERIC_WRITE, &attributes, &io, NULL, FILE_ATTRIBUTE_NORMAL, 0,
        FILE_OVERWRITE_IF, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    ZwWriteFile(file, NULL, NULL, NULL, &io, Text, sizeof(Text) - 1, NULL, NULL);
    status = ZwReadFile(file, NULL, NULL, NULL, &io, buffer, sizeof(buffer), &start, NULL);
    if (NT_SUCCESS(status) && (io.Information != 15 || !RtlEqualMemory(buffer, Text, io.Information))) {
        status = STATUS_UNSUCCESSFUL;
    }
    ZwClose(file);
    return status;
}
