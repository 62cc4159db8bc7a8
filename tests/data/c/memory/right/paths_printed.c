#include <ntddk.h>
#include <ntstrsafe.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    DECLARE_UNICODE_STRING_SIZE(path, 64);
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK io;
    HANDLE file;
    NTSTATUS status = STATUS_SUCCESS;

    for (ULONG i = 0; i < 2 && NT_SUCCESS(status); i++) {
        status = RtlUnicodeStringPrintf(&path, L"\\DosDevices\\C:\\Temp\\file_%lu.txt", i);
        if (!NT_SUCCESS(status)) {
            break;
        }
        InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
        status = ZwCreateFile(&file, GENERIC_WRITE, &attributes, &io, NULL, FILE_ATTRIBUTE_NORMAL, 0,
            FILE_OVERWRITE_IF, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
        if (NT_SUCCESS(status)) {
            ZwClose(file);
        }
    }
    return status;
}
